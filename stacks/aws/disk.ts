import * as ebs from "@pulumi/aws/ebs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** Makes a volume of EBS, protected where it is the only copy. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ebs.Volume(
    name,
    {
      availabilityZone: zoneName(context, zone),
      size: sizeGiB,
      type: context.settings.diskType,
      encrypted: true,
      tags: tagsOf(context.environment.name, name),
    },
    { ...opts, protect: isOnlyCopy },
  );
}
