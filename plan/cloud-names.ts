import type { Environment } from "../config/environment.ts";
import type { MachineSize } from "../config/machine-size.ts";
import { smallestFitting } from "../config/machine-types.ts";

/** Gives the name of the cloud's flavour that a size gets; undefined where the infrastructure has none to choose from. */
export function machineTypeFor({ infrastructure }: Environment, size: MachineSize): string | undefined {
  return infrastructure.machineTypes && smallestFitting(infrastructure.machineTypes, size)?.name;
}

/** Gives the cloud's own name of a zone, counted from 0; undefined where the cloud chooses one. */
export function zoneName({ infrastructure }: Environment, zone: number): string | undefined {
  return infrastructure.availabilityZones?.[zone];
}

export function regionOf({ infrastructure }: Environment): string | undefined {
  return infrastructure.region;
}

/** Gives the cloud's name of the disks that it is asked for. */
export function diskTypeOf({ infrastructure }: Environment): string {
  return infrastructure.diskType || "default";
}
