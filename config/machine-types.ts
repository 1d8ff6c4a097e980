import type { MachineSize, MachineType } from "./environment.ts";

/** The smallest type that has what a size asks for: fewest processors first, then least memory. Disks are bought apart. */
export function smallestFitting(types: readonly MachineType[], size: MachineSize): MachineType | undefined {
  return types
    .filter(({ vcpus, memoryGiB }) => vcpus >= size.vcpus && memoryGiB >= size.memoryGiB)
    .sort((a, b) => a.vcpus - b.vcpus || a.memoryGiB - b.memoryGiB)[0];
}
