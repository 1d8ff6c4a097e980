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
    kind: kind("ibm"),
    // IBM's classic data centre in Seoul has no VPC.
    region: name("a region")
      .default("jp-osa")
      .describe("Region. The default is Osaka, the nearest to Korea with a VPC."),
    image: name("an image's name or id")
      .default("ibm-ubuntu-24-04-4-minimal-amd64-6")
      .describe("Image of every machine, by name or id; IBM retires images as newer ones come."),
    sshUser: sshUser("ubuntu"),
    availabilityZones: availabilityZones(["jp-osa-1", "jp-osa-2", "jp-osa-3"]),
    diskType: name("a volume profile").default("general-purpose").describe("Profile of every data disk."),
    diskEncryptionKey: name("a key's CRN")
      .optional()
      .describe("Root key that every disk is encrypted with. Default: a key of IBM's own; all disks are encrypted."),
    // https://cloud.ibm.com/docs/vpc?topic=vpc-profiles
    machineTypes: machineTypes([
      { name: "cx2-2x4", vcpus: 2, memoryGiB: 4 },
      { name: "bx2-2x8", vcpus: 2, memoryGiB: 8 },
      { name: "cx2-4x8", vcpus: 4, memoryGiB: 8 },
      { name: "bx2-4x16", vcpus: 4, memoryGiB: 16 },
      { name: "bx2-8x32", vcpus: 8, memoryGiB: 32 },
      { name: "bx2-16x64", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("IBM Cloud: virtual servers in a VPC of their own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
