import { z } from "zod";
import { availabilityZones, kind, machineTypes, name, sshUser } from "../../config/infrastructure/fields.ts";

export const settings = z
  .strictObject({
    kind: kind("azure"),
    subscriptionId: z
      .uuid()
      .optional()
      .describe("Subscription. Default: ARM_SUBSCRIPTION_ID, else that of `az login`."),
    region: name("a region").default("koreacentral").describe("Region. The default is Seoul."),
    image: name("an image's URN or resource id")
      .default("Canonical:ubuntu-24_04-lts:server:latest")
      .describe(
        "Image of every machine, of generation 2: publisher:offer:sku:version, or the resource id of an image of your own.",
      ),
    sshUser: sshUser("ubuntu"),
    availabilityZones: availabilityZones(["1", "2", "3"]),
    diskType: name("a type of managed disk")
      .default("Premium_LRS")
      .describe("Type of every disk; all are encrypted by the platform's keys."),
    encryptionAtHost: z
      .boolean()
      .default(false)
      .describe(
        "Encrypt caches and the way to the disks, too. The subscription must have Microsoft.Compute/EncryptionAtHost.",
      ),
    // https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/bsv2-series and dsv5-series: without a disk of
    // their own, which would be taken for the data disk.
    machineTypes: machineTypes([
      { name: "Standard_B2ls_v2", vcpus: 2, memoryGiB: 4 },
      { name: "Standard_B2s_v2", vcpus: 2, memoryGiB: 8 },
      { name: "Standard_D4s_v5", vcpus: 4, memoryGiB: 16 },
      { name: "Standard_D8s_v5", vcpus: 8, memoryGiB: 32 },
      { name: "Standard_D16s_v5", vcpus: 16, memoryGiB: 64 },
    ]),
  })
  .describe("Azure: virtual machines in a resource group of their own.");

export type Settings = z.output<typeof settings>;
