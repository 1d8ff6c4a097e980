import type { PlatformFacts } from "../facts.ts";
import type { Resource } from "../resource.ts";
import type { Rule } from "../rule.ts";
import { capacityRules } from "./capacity.ts";

/** Over the platform itself: they hold on every infrastructure at once. */
export const platformRules: Rule<PlatformFacts>[] = [...capacityRules];

/** Over single resources, the project's own and each cloud's. */
export const resourceRules: Rule<Resource>[] = [];
