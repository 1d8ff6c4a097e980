import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { IsVolume } from "./sdk.ts";
import type { Context } from "./settings.ts";

/** Makes a volume of block storage, protected where it is the only copy. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  const { environment, settings } = context;
  return new IsVolume(
    name,
    {
      name: nameOf(environment.name, name),
      zone: zoneName(context, zone),
      profile: settings.diskType,
      // No smaller one is sold.
      capacity: Math.max(sizeGiB, 10),
      encryptionKey: settings.diskEncryptionKey,
      tags: tagsOf(environment.name, name),
    },
    { ...opts, protect: isOnlyCopy },
  );
}
