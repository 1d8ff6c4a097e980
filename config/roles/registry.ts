import { z } from "zod";
import { dataDiskGiB, generation, size } from "../machine-fields.ts";
import { commonPackages } from "./packages.ts";
import type { SupportRoleFacts } from "./role.ts";

/** The private image registry. */
export const registry = {
  platform: "container",
  settings: z
    .strictObject({
      size: size(2, 4, 20),
      dataDiskGiB: dataDiskGiB(100),
      generation,
      mirrorUpstream: z
        .boolean()
        .default(true)
        .describe("Nodes pull every image, upstream ones too, from the platform's registry."),
    })
    .prefault({})
    .describe("Private image registry."),
  tier: "platform",
  block: { offset: 16, size: 4 },
  component: "kpaas:index:PrivateRegistry",
  keepsState: true,
  dataPath: "/var/lib/docker-registry",
  packages: [...commonPackages, "docker-registry", "apache2-utils"],
  units: ["docker-registry"],
  certificates: { registry: "/etc/docker/registry/tls.crt" },
  leastInOperation: { vcpus: 2, memoryGiB: 4, dataDiskGiB: 100 },
  outage: { severity: "medium", loss: "the platform's own images cannot be pulled" },
  colour: { light: "#0b7285", dark: "#4fc3d9" },
  healthCheck: { request: { path: "/v2/", status: 401 }, interval: "2s" },
} as const satisfies SupportRoleFacts;
