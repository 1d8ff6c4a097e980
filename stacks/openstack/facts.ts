import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

const capabilities: Capabilities = {
  virtualAddress: true,
  loadBalancer: true,
  bastion: true,
  applicationGateways: ["haproxy", "load-balancer"],
};

const billed: BilledParts = { ...nothingBilled, loadBalancers: 1, loadBalancerAddresses: "one" };

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
};
