import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * A VPC carries no multicast and gives an address to one interface only: a pair of HAProxy could not share one. A load balancer
 * has addresses of IBM's choice, where machines know the gateway by a fixed one.
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: [],
};

/** A public gateway costs no more than its floating address: "Pricing for VPC" of IBM's documentation. */
const billed: BilledParts = { ...nothingBilled, natAddresses: "perZone" };

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
};
