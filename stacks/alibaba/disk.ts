import * as ecs from "@pulumi/alicloud/ecs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** Size of the smallest disk that the cloud sells. */
export const leastDiskGiB = 20;

/** Makes a cloud disk, protected where it is the only copy. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ecs.EcsDisk(
    name,
    {
      diskName: nameOf(context.environment.name, name),
      zoneId: zoneName(context, zone),
      size: Math.max(sizeGiB, leastDiskGiB),
      category: context.settings.diskType,
      encrypted: true,
      deleteWithInstance: false,
      tags: tagsOf(context.environment.name, name),
    },
    { ...opts, protect: isOnlyCopy },
  );
}
