import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { CbsStorage } from "./sdk.ts";
import type { Site } from "./site.ts";

/** The smallest disk that the cloud sells. */
export const leastDiskGiB = 20;

/** A disk of CBS, protected: only `./kpaas destroy` removes it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new CbsStorage(
    name,
    {
      storageName: nameOf(site.environment.name, name),
      availabilityZone: zoneName(site, zone),
      // Sold by ten GiB.
      storageSize: Math.max(Math.ceil(sizeGiB / 10) * 10, leastDiskGiB),
      storageType: site.settings.diskType,
      encrypt: true,
      tags: tagsOf(site.environment.name, name),
    },
    { ...opts, protect: true },
  );
}
