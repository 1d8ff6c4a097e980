import { z } from "zod";
import { isUnique, text } from "../formats.ts";
import { must } from "../problems.ts";

export const kind = <K extends string>(value: K) => z.literal(value).describe("Which infrastructure.");

export const name = (what: string) => text(`be ${what}`, (value) => /^\S(.*\S)?$/.test(value));

const zones = z
  .array(name("the name of an availability zone"))
  .min(1)
  .refine(isUnique, { error: must("name every zone once") });
const zonesInWords = "Availability zones, of which network.zones are used, the first first.";

/** Setting of infrastructures that choose a zone themselves where none is named. */
export const optionalAvailabilityZones = zones.optional().describe(`${zonesInWords} Default: the cloud's own choice.`);

/** Makes the setting of zones. `fallback`: those of the default region. */
export const availabilityZones = (fallback: string[]) =>
  zones.default(fallback).describe(`${zonesInWords} Name them where the region is not the default.`);

/** Check for clouds whose zones' names begin with their region's. */
export const zonesAreOfRegion = {
  test: ({ region, availabilityZones }: { region: string; availabilityZones: string[] }) =>
    availabilityZones.every((zone) => zone.startsWith(region)),
  params: { path: ["availabilityZones"], error: must("be zones of infrastructure.region", "name that region's zones") },
};

const machineType = z
  .strictObject({
    name: name("a machine type's name").describe("The infrastructure's own name of it."),
    vcpus: z.int().min(1).max(512).describe("Virtual processors."),
    memoryGiB: z.number().min(0.5).max(8192).describe("Memory in GiB."),
  })
  .describe("A size of machine that the infrastructure offers.");

export const machineTypes = (types: z.output<typeof machineType>[]) =>
  z
    .array(machineType)
    .min(1)
    .refine((all) => isUnique(all.map((type) => type.name)), { error: must("name every machine type once") })
    .default(types)
    .describe("Machine types (flavours) on offer; each machine gets the smallest that fits its size.");

export const sshUser = (user: string) =>
  text("be a user name", (value) => /^[a-z_][a-z0-9_-]{0,31}$/.test(value))
    .default(user)
    .describe("Administrator that the image's cloud-init makes.");
