import * as ecs from "@pulumi/alicloud/ecs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Site } from "./site.ts";

/** The smallest disk that the cloud sells. */
export const leastDiskGiB = 20;

/** A cloud disk, protected: only `./kpaas destroy` removes it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ecs.EcsDisk(
    name,
    {
      diskName: nameOf(site.environment.name, name),
      zoneId: zoneName(site, zone),
      size: Math.max(sizeGiB, leastDiskGiB),
      category: site.settings.diskType,
      encrypted: true,
      deleteWithInstance: false,
      tags: tagsOf(site.environment.name, name),
    },
    { ...opts, protect: true },
  );
}
