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
    kind: kind("alibaba"),
    profile: name("a profile's name")
      .optional()
      .describe("Profile of the Alibaba Cloud CLI's configuration. Default: the ALIBABA_CLOUD_* variables."),
    region: name("a region").default("ap-northeast-2").describe("Region. The default is Seoul."),
    image: name("an image's id, or how a public image's name begins")
      .default("ubuntu_24_04_x64_")
      .describe(
        "Image of every machine: an image's id, or how a public image's name begins, of which the newest is taken.",
      ),
    sshUser: sshUser("ecs-user"),
    availabilityZones: availabilityZones(["ap-northeast-2a", "ap-northeast-2b"]),
    diskType: name("a category of cloud disk")
      .default("cloud_essd")
      .describe("Category of every disk; all are encrypted."),
    publicBandwidthMbps: z
      .int()
      .min(1)
      .max(200)
      .default(100)
      .describe("Most that each public address passes, in Mbit/s; paid by traffic."),
    // https://www.alibabacloud.com/help/en/ecs/user-guide/overview-of-instance-families
    machineTypes: machineTypes([
      { name: "ecs.u1-c1m1.large", vcpus: 2, memoryGiB: 2 },
      { name: "ecs.u1-c1m2.large", vcpus: 2, memoryGiB: 4 },
      { name: "ecs.u1-c1m4.large", vcpus: 2, memoryGiB: 8 },
      { name: "ecs.g7.xlarge", vcpus: 4, memoryGiB: 16 },
      { name: "ecs.g7.2xlarge", vcpus: 8, memoryGiB: 32 },
      { name: "ecs.g7.4xlarge", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("Alibaba Cloud: ECS in a VPC of its own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
