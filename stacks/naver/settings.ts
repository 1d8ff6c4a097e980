import { z } from "zod";
import {
  availabilityZones,
  kind,
  machineTypes,
  name,
  sshUser,
  zonesAreOfRegion,
} from "../../config/infrastructure/fields.ts";
import type { AdapterContext } from "../shared/context.ts";

export const settings = z
  .strictObject({
    kind: kind("naver"),
    site: z
      .enum(["public", "gov", "fin"])
      .default("public")
      .describe("Which of its clouds: the public one, the public sector's or the finance sector's."),
    region: name("a region").default("KR").describe("Region. The default is Korea."),
    image: name("an image's name or number")
      .default("ubuntu-24.04-base")
      .describe("Image of every machine, by name or number, for servers of the third generation (KVM)."),
    sshUser: sshUser("ubuntu"),
    // Korea has two.
    availabilityZones: availabilityZones(["KR-1", "KR-2"]),
    diskType: name("a type of block storage")
      .default("CB2")
      .describe("Type of every data disk. Naver takes no wish for encryption with servers of the third generation."),
    // https://guide.ncloud-docs.com/docs/en/server-spec-vpc
    machineTypes: machineTypes([
      { name: "c2-g3", vcpus: 2, memoryGiB: 4 },
      { name: "s2-g3", vcpus: 2, memoryGiB: 8 },
      { name: "c4-g3", vcpus: 4, memoryGiB: 8 },
      { name: "s4-g3", vcpus: 4, memoryGiB: 16 },
      { name: "c8-g3", vcpus: 8, memoryGiB: 16 },
      { name: "s8-g3", vcpus: 8, memoryGiB: 32 },
      { name: "s16-g3", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("Naver Cloud: servers in a VPC of its own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
