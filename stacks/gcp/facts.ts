import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * A network knows an address by its instance, whatever machines announce: a pair of HAProxy could not share one. A passthrough
 * load balancer's target that asks by it reaches itself alone, which a master that has yet to join cannot:
 * https://cloud.google.com/load-balancing/docs/internal
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: ["haproxy"],
};

/** The NAT has one address at least: Google gives it more as connections need them. */
const billed: BilledParts = { ...nothingBilled, natGateways: "one", natAddresses: "one" };

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
  packages: ["@pulumi/gcp"],
};
