import { kind, machineTypes, name } from "../../config/infrastructure/fields.ts";
import { settings as openstack } from "../openstack/settings.ts";

export const settings = openstack
  .extend({
    kind: kind("nhn"),
    region: name("a region").default("KR1").describe("Region: KR1 is Pangyo, KR2 Pyeongchon."),
    network: name("a VPC's name").describe(
      "VPC made in the console, routed to an internet gateway, with a subnet for each zone's part of network.cidr.",
    ),
    externalNetwork: name("a network's name")
      .default("Public Network")
      .describe("Network that floating addresses come from."),
    image: name("an image's name or id").describe("Ubuntu image of every machine, by name or id."),
    diskType: name("a volume type").default("General SSD").describe("Volume type of every disk."),
    // https://docs.nhncloud.com/en/Compute/Instance/en/overview/: m2 is balanced. u2 boots from a disk of its host.
    machineTypes: machineTypes([
      { name: "m2.c1m2", vcpus: 1, memoryGiB: 2 },
      { name: "m2.c2m4", vcpus: 2, memoryGiB: 4 },
      { name: "m2.c4m8", vcpus: 4, memoryGiB: 8 },
      { name: "m2.c8m16", vcpus: 8, memoryGiB: 16 },
    ]),
  })
  .describe("NHN Cloud: OpenStack with VPCs and load balancers of its own. Not tried on an account there.");
