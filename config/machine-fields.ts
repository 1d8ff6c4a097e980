import { z } from "zod";

export function size(vcpus: number, memoryGiB: number, diskGiB: number, least = { vcpus: 1, memoryGiB: 0.5 }) {
  return z
    .strictObject({
      vcpus: z.int().min(least.vcpus).max(512).default(vcpus).describe("Virtual processors."),
      memoryGiB: z.number().min(least.memoryGiB).max(8192).default(memoryGiB).describe("Memory in GiB."),
      diskGiB: z.int().min(10).max(16384).default(diskGiB).describe("Boot disk in GiB."),
    })
    .prefault({})
    .describe("Machine size; an infrastructure picks its smallest flavour that fits.");
}

export const dataDiskGiB = (gib: number) =>
  z.int().min(1).max(65536).default(gib).describe("Disk in GiB that keeps its contents when the machine is replaced.");

export const generation = z
  .int()
  .min(1)
  .default(1)
  .describe("Raise it to replace the machines, one after another, by ones of the present image; data disks stay.");
