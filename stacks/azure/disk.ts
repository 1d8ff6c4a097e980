import { Disk as ManagedDisk } from "@pulumi/azure-native/compute/disk.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import type { Context } from "./context.ts";
import { placed } from "./provider.ts";

/** Makes a managed disk, protected where it is the only copy. Nobody can download it. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new ManagedDisk(
    name,
    {
      diskName: name,
      ...placed(context, name),
      zones: [zoneName(context, zone)],
      diskSizeGB: sizeGiB,
      sku: { name: context.settings.diskType },
      creationData: { createOption: "Empty" },
      networkAccessPolicy: "DenyAll",
      publicNetworkAccess: "Disabled",
    },
    { ...opts, protect: isOnlyCopy },
  );
}
