import { kind, machineTypes, name } from "../../config/infrastructure/fields.ts";
import { settings as openstack } from "../openstack/settings.ts";

export const settings = openstack
  .extend({
    kind: kind("kt"),
    network: name("a network's name").describe(
      "Network made in the console, routed to the outside, with a subnet for each zone's part of network.cidr.",
    ),
    externalNetwork: name("a network's name")
      .default("external")
      .describe("Network that public addresses come from, whose ports are forwarded one by one."),
    image: name("an image's name or id").describe("Ubuntu image of every machine, by name or id."),
    // Named by processors and GiB of memory.
    machineTypes: machineTypes([
      { name: "2x4.itl", vcpus: 2, memoryGiB: 4 },
      { name: "4x8.itl", vcpus: 4, memoryGiB: 8 },
      { name: "4x16.itl", vcpus: 4, memoryGiB: 16 },
      { name: "8x16.itl", vcpus: 8, memoryGiB: 16 },
    ]),
  })
  .describe("KT Cloud: OpenStack with forwarded ports in place of floating addresses. Not tried on an account there.");
