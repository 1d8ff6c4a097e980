import * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf } from "./provider.ts";
import { BlockStorage } from "./sdk.ts";
import type { Context } from "./settings.ts";

/** A disk that is made once its machine is there: Naver's provider asks for a server when it makes a disk. */
export interface ServerDisk extends Disk {
  attachTo(serverNo: pulumi.Output<string>): void;
}

/** Makes block storage, protected where it is the only copy. It changes over to a server that replaces its own. */
export function createDisk(
  context: Context,
  name: string,
  { sizeGiB, zone, isOnlyCopy }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): ServerDisk {
  const [serverInstanceNo, attachTo] = pulumi.deferredOutput<string>();
  const { id } = new BlockStorage(
    name,
    {
      name: nameOf(context.environment.name, name),
      serverInstanceNo,
      size: inTens(sizeGiB),
      hypervisorType: "KVM",
      volumeType: context.settings.diskType,
      zone: zoneName(context, zone),
    },
    { ...opts, protect: isOnlyCopy },
  );
  return { id, attachTo };
}

/** Rounds a size up to tens of GiB, by which Naver sells disks. */
export function inTens(sizeGiB: number): number {
  return Math.ceil(sizeGiB / 10) * 10;
}
