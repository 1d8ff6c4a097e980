import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { BilledParts, Capabilities } from "../../config/infrastructure/fields.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** A HaVip lies in one vSwitch, hence in one zone: a pair of HAProxy in two zones could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  // https://www.pulumi.com/registry/packages/alicloud/api-docs/nlb/loadbalancer (zoneMappings)
  loadBalancerLeastZones: 2,
  bastion: true,
  applicationGateways: ["load-balancer", "haproxy"],
};

const billed: BilledParts = {
  natGateways: "one",
  natAddresses: "one",
  loadBalancers: 2,
  // Of the one in front.
  loadBalancerAddresses: "perZone",
  applicationLoadBalancerAddresses: "none",
};

export const facts: InfrastructureFacts = {
  settings,
  capabilities,
  billed,
  resourceTypes,
  packages: ["@pulumi/alicloud"],
};
