import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

const capabilities: Capabilities = {
  virtualAddress: true,
  loadBalancer: false,
  bastion: true,
  applicationGateways: ["haproxy"],
};

const billed: BilledParts = nothingBilled;

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
};
