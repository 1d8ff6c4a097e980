import * as ebs from "@pulumi/aws/ebs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { tagsOf } from "./provider.ts";
import type { Site } from "./site.ts";

/** A volume of EBS, protected: only `./kpaas destroy` removes it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ebs.Volume(
    name,
    {
      availabilityZone: zoneName(site, zone),
      size: sizeGiB,
      type: site.settings.diskType,
      encrypted: true,
      tags: tagsOf(site.environment.name, name),
    },
    { ...opts, protect: true },
  );
}
