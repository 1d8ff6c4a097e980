import type * as pulumi from "@pulumi/pulumi";
import type { Disk, DiskArgs } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { LocalVolume } from "../../provider/sdk.ts";

/** Makes a volume of the container engine; its size is the host's disk. */
export function createDisk(
  environment: Environment,
  name: string,
  { plan }: DiskArgs,
  opts: pulumi.CustomResourceOptions,
): Disk {
  return new LocalVolume(name, { volumeName: `${plan.hostname}-data`, environment: environment.name }, opts);
}
