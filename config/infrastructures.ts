import { z } from "zod";
import { isUnique, text } from "./formats.ts";
import { must } from "./problems.ts";

/** What the platform may ask of an infrastructure, known before its SDK is loaded. */
export interface Capabilities {
  /** Two HAProxy machines can share an address (keepalived). */
  virtualAddress: boolean;
  /** Its machines are reached through a bastion, by SSH. */
  bastion: boolean;
}

const isName = (value: string) => /^\S(.*\S)?$/.test(value);
const name = (what: string) => text(`be ${what}`, isName);

const availabilityZones = z
  .array(name("the name of an availability zone"))
  .min(1)
  .refine(isUnique, { error: must("name every zone once") })
  .optional()
  .describe(
    "Availability zones, of which network.zones are used, the first first. Default: one, the cloud's own choice.",
  );

const machineType = z
  .strictObject({
    name: name("a flavour's name").describe("Its name."),
    vcpus: z.int().min(1).max(512).describe("Virtual processors."),
    memoryGiB: z.number().min(0.5).max(8192).describe("Memory in GiB."),
  })
  .describe("A size of machine that the infrastructure offers.");

const machineTypes = (types: z.output<typeof machineType>[]) =>
  z
    .array(machineType)
    .min(1)
    .refine((all) => isUnique(all.map((type) => type.name)), { error: must("name every flavour once") })
    .default(types)
    .describe("Flavours on offer; each machine gets the smallest that fits its size.");

const sshUser = (user: string) =>
  text("be a user name", (value) => /^[a-z_][a-z0-9_-]{0,31}$/.test(value))
    .default(user)
    .describe("Administrator that the image's cloud-init makes.");

const local = z
  .strictObject({ kind: z.literal("local").describe("Which infrastructure.") })
  .describe("This machine: system containers on a Docker or Podman engine.");

const openstack = z
  .strictObject({
    kind: z.literal("openstack").describe("Which infrastructure."),
    cloud: name("an entry of clouds.yaml")
      .optional()
      .describe("Entry of clouds.yaml that holds the credentials. Default: the OS_* variables."),
    region: name("a region").optional().describe("Region. Default: the credentials' own."),
    externalNetwork: name("a network's name")
      .default("public")
      .describe("Network that floating addresses and the router's own come from."),
    image: name("an image's name or id").default("ubuntu-24.04").describe("Image of every machine, by name or id."),
    sshUser: sshUser("ubuntu"),
    availabilityZones,
    dnsServers: z.array(z.ipv4()).default([]).describe("Name servers of the machines. Default: the network's own."),
    volumeType: name("a volume type").optional().describe("Type of every disk, such as an encrypted one."),
    // The sizes that OpenStack itself has long come with.
    flavors: machineTypes([
      { name: "m1.small", vcpus: 1, memoryGiB: 2 },
      { name: "m1.medium", vcpus: 2, memoryGiB: 4 },
      { name: "m1.large", vcpus: 4, memoryGiB: 8 },
      { name: "m1.xlarge", vcpus: 8, memoryGiB: 16 },
    ]),
  })
  .describe("OpenStack: Nova, Neutron, Cinder.");

export const infrastructureVariants = [local, openstack] as const;

/** Known infrastructures that no adapter exists for yet. */
export const plannedInfrastructures = ["aws", "azure", "gcp", "alibaba", "nhn", "kt", "naver", "tencent", "ibm"];

type Kind = z.output<(typeof infrastructureVariants)[number]>["kind"];

const capabilities: Record<Kind, Capabilities> = {
  local: { virtualAddress: false, bastion: false },
  openstack: { virtualAddress: true, bastion: true },
};

export function capabilitiesOf({ kind }: { kind: Kind }): Capabilities {
  return capabilities[kind];
}
