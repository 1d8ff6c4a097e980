import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "./network.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { IsVolume } from "./sdk.ts";
import type { Site } from "./site.ts";

/** A volume of block storage, protected: only `./kpaas destroy` removes it. */
export function createDisk(
  site: Site,
  name: string,
  { sizeGiB, zone }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  const { environment, settings } = site;
  return new IsVolume(
    name,
    {
      name: nameOf(environment.name, name),
      zone: zoneName(site, zone),
      profile: settings.diskType,
      // No smaller one is sold.
      capacity: Math.max(sizeGiB, 10),
      encryptionKey: settings.diskEncryptionKey,
      tags: tagsOf(environment.name, name),
    },
    { ...opts, protect: true },
  );
}
