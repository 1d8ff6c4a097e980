import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { BilledParts, Capabilities } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** A VPC carries no multicast and routes an address to one machine only: a pair of HAProxy could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  bastion: true,
  applicationGateways: ["load-balancer"],
};

const billed: BilledParts = {
  natGateways: "perZone",
  natAddresses: "perZone",
  loadBalancers: 2,
  // Of the one in front.
  loadBalancerAddresses: "perZone",
};

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
  packages: ["@pulumi/aws"],
};
