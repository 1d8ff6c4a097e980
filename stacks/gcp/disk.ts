import { Disk as PersistentDisk } from "@pulumi/gcp/compute/disk.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { labelsOf, nameOf } from "./provider.ts";
import type { Site } from "./site.ts";

/** A persistent disk, protected: only `./kpaas destroy` removes it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new PersistentDisk(
    name,
    {
      name: nameOf(site.environment.name, name),
      zone: zoneName(site, zone),
      size: sizeGiB,
      type: site.settings.diskType,
      labels: labelsOf(site.environment.name, name),
    },
    { ...opts, protect: true },
  );
}
