import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * A virtual network knows an address by its network interface, whatever machines announce: a pair of HAProxy could not share one.
 * Its load balancers lose what a machine sends by them to itself, as a master does that asks for the API server:
 * https://learn.microsoft.com/azure/load-balancer/load-balancer-troubleshoot-backend-traffic
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: ["haproxy"],
};

const billed: BilledParts = { ...nothingBilled, natGateways: "perZone", natAddresses: "perZone" };

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
  packages: ["@pulumi/azure-native"],
};
