import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { type BilledParts, type Capabilities, nothingBilled } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** A HAVIP lies in one subnet, hence in one zone: a pair of HAProxy in two zones could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  bastion: true,
  applicationGateways: [],
};

/** Of its load balancers only the open one is billed, which comes with its address: https://intl.cloud.tencent.com/document/product/214/36998 */
const billed: BilledParts = { ...nothingBilled, natGateways: "one", natAddresses: "one", loadBalancers: 1 };

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
};
