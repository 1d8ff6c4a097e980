import * as blockstorage from "@pulumi/openstack/blockstorage/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import type { Context } from "./context.ts";

/** Makes a volume of Cinder, protected where it is the only copy. */
export function createDisk(
  { settings, variant }: Context,
  name: string,
  { plan, sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new blockstorage.Volume(
    name,
    {
      name: `${plan.hostname}-data`,
      size: sizeGiB,
      volumeType: settings.diskType,
      availabilityZone: variant.zonalDisks ? settings.availabilityZones?.[zone] : undefined,
      enableOnlineResize: true,
    },
    { ...opts, protect: isOnlyCopy },
  );
}
