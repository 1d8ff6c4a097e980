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
    kind: kind("aws"),
    profile: name("a profile's name")
      .optional()
      .describe("Profile of the AWS configuration files. Default: the AWS_* variables, else the default profile."),
    region: name("a region").default("ap-northeast-2").describe("Region. The default is Seoul."),
    image: name("an AMI's id or a parameter's path")
      .default("/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id")
      .describe("Image of every machine: an AMI's id, or the path of a public SSM parameter that holds one."),
    sshUser: sshUser("ubuntu"),
    availabilityZones: availabilityZones(["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c"]),
    diskType: name("a type of EBS volume").default("gp3").describe("Type of every disk; all are encrypted."),
    // https://aws.amazon.com/ec2/instance-types/
    machineTypes: machineTypes([
      { name: "t3.small", vcpus: 2, memoryGiB: 2 },
      { name: "t3.medium", vcpus: 2, memoryGiB: 4 },
      { name: "t3.large", vcpus: 2, memoryGiB: 8 },
      { name: "m6i.xlarge", vcpus: 4, memoryGiB: 16 },
      { name: "m6i.2xlarge", vcpus: 8, memoryGiB: 32 },
      { name: "m6i.4xlarge", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("AWS: EC2 in a VPC of its own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
