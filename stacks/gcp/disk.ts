import { Disk as PersistentDisk } from "@pulumi/gcp/compute/disk.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { labelsOf, nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** Makes a persistent disk, protected where it is the only copy. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new PersistentDisk(
    name,
    {
      name: nameOf(context.environment.name, name),
      zone: zoneName(context, zone),
      size: sizeGiB,
      type: context.settings.diskType,
      labels: labelsOf(context.environment.name, name),
    },
    { ...opts, protect: isOnlyCopy },
  );
}
