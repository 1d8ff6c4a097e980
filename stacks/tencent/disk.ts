import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { CbsStorage } from "./sdk.ts";
import type { Context } from "./settings.ts";

/** Size of the smallest disk that the cloud sells. */
export const leastDiskGiB = 20;

/** Makes a disk of CBS, protected where it is the only copy. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new CbsStorage(
    name,
    {
      storageName: nameOf(context.environment.name, name),
      availabilityZone: zoneName(context, zone),
      // Sold by ten GiB.
      storageSize: Math.max(Math.ceil(sizeGiB / 10) * 10, leastDiskGiB),
      storageType: context.settings.diskType,
      encrypt: true,
      tags: tagsOf(context.environment.name, name),
    },
    { ...opts, protect: isOnlyCopy },
  );
}
