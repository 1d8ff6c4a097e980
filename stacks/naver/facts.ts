import { absent } from "../../config/infrastructure/absent.ts";
import { type BilledParts, nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * A VPC carries no multicast, and an address belongs to one network interface: a pair of HAProxy could not share one. A load
 * balancer has an address of Naver's choice, where machines know the gateway by a fixed one.
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  // A NAT gateway has a subnet of its own, the upper half of the part in front.
  longestZonePrefix: 24,
  applicationGateways: [],
  bootDisk: { type: "none" },
  fixedDataDiskType: true,
};

/** A NAT gateway is given a public address like any other. */
const billed: BilledParts = { ...nothingBilled, natGateways: "perZone", natAddresses: "perZone" };

const metadata: MetadataService = { addresses: ["169.254.169.254"] };

const credentials: Credentials = {
  variables: [["NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY"]],
  files: [],
  remedy: "set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  credentials,
  usualQuotas: absent("an account's limits were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: absent("its prices are for account holders"),
  cpi: absent("no CPI for NAVER Cloud is published"),
  metadata,
  koreanRegions: ["KR"],
};
