import type { PlatformFacts } from "../facts.ts";
import type { Rule } from "../rule.ts";
import { applicationPlatformRules } from "./application-platform.ts";
import { assetRules } from "./assets.ts";
import { availabilityRules } from "./availability.ts";
import { capacityRules } from "./capacity.ts";
import { cisControlPlaneRules } from "./cis-control-plane.ts";
import { cisNodeRules } from "./cis-node.ts";
import { networkRules } from "./network.ts";
import { protectionRules } from "./protection.ts";
import { resourceRules } from "./resources.ts";

/** Rules over the platform itself, which hold on every infrastructure at once. */
export const platformRules: Rule<PlatformFacts>[] = [
  ...networkRules,
  ...protectionRules,
  ...availabilityRules,
  ...capacityRules,
  ...applicationPlatformRules,
  ...assetRules,
  ...cisControlPlaneRules,
  ...cisNodeRules,
];

export { resourceRules };
