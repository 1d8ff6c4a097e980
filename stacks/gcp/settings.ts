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
    kind: kind("gcp"),
    project: name("a project's id")
      .optional()
      .describe("Project. Default: GOOGLE_PROJECT, else that of the gcloud configuration."),
    region: name("a region").default("asia-northeast3").describe("Region. The default is Seoul."),
    image: name("an image or an image family")
      .default("projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64")
      .describe(
        "Image of every machine: projects/<project>/global/images/<image>, or .../images/family/<family> for its newest.",
      ),
    sshUser: sshUser("ubuntu"),
    availabilityZones: availabilityZones(["asia-northeast3-a", "asia-northeast3-b", "asia-northeast3-c"]),
    diskType: name("a type of persistent disk")
      .default("pd-balanced")
      .describe("Type of every disk; all are encrypted."),
    // https://cloud.google.com/compute/docs/general-purpose-machines
    machineTypes: machineTypes([
      { name: "e2-small", vcpus: 2, memoryGiB: 2 },
      { name: "e2-medium", vcpus: 2, memoryGiB: 4 },
      { name: "e2-standard-2", vcpus: 2, memoryGiB: 8 },
      { name: "n2-standard-4", vcpus: 4, memoryGiB: 16 },
      { name: "n2-standard-8", vcpus: 8, memoryGiB: 32 },
      { name: "n2-standard-16", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .refine(zonesAreOfRegion.test, zonesAreOfRegion.params)
  .describe("Google Cloud: instances of Compute Engine in a network of their own.");

export type Settings = z.output<typeof settings>;

/** Context of every function of the adapter. */
export type Context = AdapterContext<Settings>;
