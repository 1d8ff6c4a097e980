import { Disk as ManagedDisk } from "@pulumi/azure-native/compute/disk.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { placed } from "./provider.ts";
import type { Site } from "./site.ts";

/** A managed disk, protected: only `./kpaas destroy` removes it. Nobody can download it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ManagedDisk(
    name,
    {
      diskName: name,
      ...placed(site, name),
      zones: [zoneName(site, zone)],
      diskSizeGB: sizeGiB,
      sku: { name: site.settings.diskType },
      creationData: { createOption: "Empty" },
      networkAccessPolicy: "DenyAll",
      publicNetworkAccess: "Disabled",
    },
    { ...opts, protect: true },
  );
}
