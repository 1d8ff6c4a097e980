import { z } from "zod";
import { kind, machineTypes, name, optionalAvailabilityZones, sshUser } from "../../config/infrastructure/fields.ts";

export const settings = z
  .strictObject({
    kind: kind("openstack"),
    cloud: name("an entry of clouds.yaml")
      .optional()
      .describe("Entry of clouds.yaml that holds the credentials. Default: the OS_* variables."),
    region: name("a region").optional().describe("Region. Default: the credentials' own."),
    network: name("a network's name")
      .optional()
      .describe(
        "Existing network, routed to the outside, with a subnet for each zone's part of network.cidr. Default: one is made.",
      ),
    externalNetwork: name("a network's name")
      .default("public")
      .describe("Network that floating addresses and the router's own come from."),
    image: name("an image's name or id").default("ubuntu-24.04").describe("Image of every machine, by name or id."),
    sshUser: sshUser("ubuntu"),
    availabilityZones: optionalAvailabilityZones,
    dnsServers: z.array(z.ipv4()).default([]).describe("Name servers of the machines. Default: the network's own."),
    diskType: name("a volume type").optional().describe("Volume type of every disk, such as an encrypted one."),
    // The sizes that OpenStack itself has long come with.
    machineTypes: machineTypes([
      { name: "m1.small", vcpus: 1, memoryGiB: 2 },
      { name: "m1.medium", vcpus: 2, memoryGiB: 4 },
      { name: "m1.large", vcpus: 4, memoryGiB: 8 },
      { name: "m1.xlarge", vcpus: 8, memoryGiB: 16 },
    ]),
  })
  .describe("OpenStack: Nova, Neutron, Cinder.");

export type Settings = z.output<typeof settings>;
