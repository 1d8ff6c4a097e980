import { absent } from "../../config/infrastructure/absent.ts";
import { type BilledParts, nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** Size of IBM's images: a boot volume is no smaller than its image. */
export const smallestBootVolumeGiB = 100;

/**
 * A VPC carries no multicast and gives an address to one interface only: a pair of HAProxy could not share one. A load balancer
 * has addresses of IBM's choice, where machines know the gateway by a fixed one.
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: [],
  bootDisk: { type: "none", leastGiB: smallestBootVolumeGiB },
};

/** A public gateway costs no more than its floating address: "Pricing for VPC" of IBM's documentation. */
const billed: BilledParts = { ...nothingBilled, natAddresses: "perZone" };

// https://cloud.ibm.com/docs/vpc?topic=vpc-imd-about
const metadata: MetadataService = { addresses: ["169.254.169.254"] };

const credentials: Credentials = {
  variables: [["IC_API_KEY"], ["IBMCLOUD_API_KEY"], ["BM_API_KEY"], ["BLUEMIX_API_KEY"], ["IC_IAM_TOKEN"]],
  files: [],
  remedy: "set IC_API_KEY",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  credentials,
  usualQuotas: absent("an account's limits were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: absent("its catalog does not tell how a profile is priced"),
  cpi: absent("the CPI for IBM Cloud is for its classic infrastructure (SoftLayer), not for a VPC"),
  metadata,
  // Its classic data centre in Seoul has no VPC.
  koreanRegions: [],
};
