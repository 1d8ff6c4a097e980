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
    kind: kind("tencent"),
    profile: name("a profile's name")
      .optional()
      .describe("Profile of tccli's configuration. Default: the TENCENTCLOUD_* variables, else the default profile."),
    region: name("a region").default("ap-seoul").describe("Region. The default is Seoul."),
    image: name("an image's id, or how a public image's name begins")
      .default("Ubuntu Server 24.04 LTS 64")
      .describe("Image of every machine: an id, or how a public image's name begins, of which the newest is taken."),
    sshUser: sshUser("ubuntu"),
    availabilityZones: availabilityZones(["ap-seoul-1", "ap-seoul-2"]),
    diskType: name("a type of CBS disk").default("CLOUD_BSSD").describe("Type of every disk; every disk is encrypted."),
    publicBandwidthMbps: z
      .int()
      .min(1)
      .max(200)
      .default(100)
      .describe("Most that each public address passes, in Mbit/s; paid by traffic."),
    // https://www.tencentcloud.com/document/product/213/11518
    machineTypes: machineTypes([
      { name: "S5.MEDIUM2", vcpus: 2, memoryGiB: 2 },
      { name: "S5.MEDIUM4", vcpus: 2, memoryGiB: 4 },
      { name: "S5.MEDIUM8", vcpus: 2, memoryGiB: 8 },
      { name: "S5.LARGE16", vcpus: 4, memoryGiB: 16 },
      { name: "S5.2XLARGE32", vcpus: 8, memoryGiB: 32 },
      { name: "S5.4XLARGE64", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("Tencent Cloud: CVM in a VPC of its own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
