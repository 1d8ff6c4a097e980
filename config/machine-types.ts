import type { InfrastructureSettings, MachineType } from "./environment.ts";
import type { MachineSize } from "./machine-size.ts";

/** Finds the smallest type that has what a size asks for: fewest processors first, then least memory. Disks are bought apart. */
export function smallestFitting(types: readonly MachineType[], size: MachineSize): MachineType | undefined {
  return types
    .filter(({ vcpus, memoryGiB }) => vcpus >= size.vcpus && memoryGiB >= size.memoryGiB)
    .sort((a, b) => a.vcpus - b.vcpus || a.memoryGiB - b.memoryGiB)[0];
}

/** Gives the infrastructure's name of the type that a machine gets. Throws where none fits, which validation has ruled out. */
export function machineTypeOf(
  { machineTypes = [] }: Pick<InfrastructureSettings, "machineTypes">,
  { name, size }: { name: string; size: MachineSize },
): string {
  const type = smallestFitting(machineTypes, size);
  if (!type) throw new Error(`no machine type for ${name}`);
  return type.name;
}
