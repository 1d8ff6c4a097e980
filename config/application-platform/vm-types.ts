import type { MachineSize } from "../machine-size.ts";

/** Size of a VM of the application platform, whatever the cloud calls it. */
export interface VmType {
  vcpus: number;
  memoryGiB: number;
  /** Disk beside the root disk, for what a job downloads and unpacks (`/var/vcap/data`); lost with the VM. */
  ephemeralDiskGiB: number;
}

/**
 * VM types by name, as upstream's `texts/on-cloud-configs.md` and `iaas-support/` size them; `small-highmem-16GB` is
 * K-PaaS's own, for cells (`cloud-config/aws-cloud-config.yml`).
 */
export const vmTypes = {
  minimal: { vcpus: 1, memoryGiB: 4, ephemeralDiskGiB: 10 },
  small: { vcpus: 2, memoryGiB: 8, ephemeralDiskGiB: 10 },
  medium: { vcpus: 8, memoryGiB: 16, ephemeralDiskGiB: 10 },
  "small-highmem-16GB": { vcpus: 4, memoryGiB: 16, ephemeralDiskGiB: 10 },
  "small-highmem": { vcpus: 4, memoryGiB: 32, ephemeralDiskGiB: 10 },
} as const satisfies Record<string, VmType>;

export type VmTypeName = keyof typeof vmTypes;

export const vmTypeNames = Object.keys(vmTypes) as [VmTypeName, ...VmTypeName[]];

/** Disk that a stemcell asks for itself (`disk: 5120` in its `stemcell.MF`). */
export const rootDiskGiB = 5;

/**
 * Gives a VM type's size. Root and ephemeral disk are billed alike, so they are one number. A group may need more
 * ephemeral disk than its type has.
 */
export function sizeOf(name: VmTypeName, ephemeralDiskGiB = 0): MachineSize {
  const type: VmType = vmTypes[name];
  const { vcpus, memoryGiB } = type;
  return { vcpus, memoryGiB, diskGiB: rootDiskGiB + Math.max(type.ephemeralDiskGiB, ephemeralDiskGiB) };
}
