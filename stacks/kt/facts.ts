import { absent } from "../../config/infrastructure/absent.ts";
import { nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { facts as openstack } from "../openstack/facts.ts";
import { cpi } from "./cpi.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** Capabilities of OpenStack, but for KT Cloud's own load balancer, which is not used. */
const capabilities: Capabilities = {
  ...openstack.capabilities,
  loadBalancer: false,
  applicationGateways: ["haproxy"],
};

export const facts: InfrastructureFacts = {
  ...openstack,
  settings,
  resourceTypes,
  capabilities,
  billed: nothingBilled,
  usualQuotas: absent("a project's limits are KT Cloud's own, and were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: absent("no price list that could be trusted was found"),
  cpi,
};
