import { absent } from "../../config/infrastructure/absent.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { facts as openstack } from "../openstack/facts.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * Capabilities of OpenStack, but for a virtual address: a second interface for it would need each machine stopped. The
 * load balancer stands in front of two.
 */
const capabilities: Capabilities = { ...openstack.capabilities, virtualAddress: false };

export const facts: InfrastructureFacts = {
  ...openstack,
  settings,
  resourceTypes,
  capabilities,
  usualQuotas: absent("a project's limits are NHN Cloud's own, and were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: absent("no price list that could be trusted was found"),
  koreanRegions: ["KR1", "KR2"],
};
