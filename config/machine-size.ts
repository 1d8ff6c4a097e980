/** A machine's size in cloud-neutral units; an infrastructure picks its smallest flavour that fits. */
export interface MachineSize {
  vcpus: number;
  memoryGiB: number;
  /** Boot disk. */
  diskGiB: number;
}
