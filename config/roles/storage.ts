import { z } from "zod";
import { dnsName } from "../formats.ts";
import { dataDiskGiB, generation, size } from "../machine-fields.ts";
import { commonPackages } from "./packages.ts";
import type { SupportRoleFacts } from "./role.ts";

/** The file server of persistent volumes. */
export const storage = {
  platform: "container",
  settings: z
    .strictObject({
      kind: z.enum(["nfs", "rook-ceph"]).default("nfs").describe("What serves volumes; rook-ceph is not yet built."),
      size: size(2, 4, 20),
      dataDiskGiB: dataDiskGiB(200),
      generation,
      className: dnsName(253).default("cp-storageclass").describe("Name of the StorageClass."),
    })
    .prefault({})
    .describe("Storage of persistent volumes."),
  tier: "platform",
  block: { offset: 24, size: 4 },
  component: "kpaas:index:StorageServer",
  keepsState: true,
  dataPath: "/srv/kpaas",
  packages: [...commonPackages, "nfs-ganesha", "nfs-ganesha-vfs"],
  units: ["kpaas-nfs"],
  certificates: {},
  leastInOperation: { vcpus: 2, memoryGiB: 4, dataDiskGiB: 100 },
  outage: { severity: "medium", loss: "persistent volumes hang" },
  colour: { light: "#8a6d00", dark: "#e0c341" },
} as const satisfies SupportRoleFacts;
