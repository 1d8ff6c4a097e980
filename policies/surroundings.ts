import type { Environment } from "../config/environment.ts";
import { enforcementOf } from "./evaluate.ts";
import type { Resource, ResourceFacts } from "./resource.ts";
import { neutralTypes, resourceTypesOf } from "./resource-types.ts";
import type { Finding, Rule } from "./rule.ts";
import { resourceRules } from "./rules/index.ts";

type Surroundings = Omit<ResourceFacts, "resource">;

/**
 * Gives what rules read of every resource's surroundings. Where no environment is known, no cloud's type is: whatever is one breaks a
 * rule.
 */
export function surroundingsOf(environment: Environment | undefined): Surroundings {
  if (!environment) return { purpose: "development", kind: "no infrastructure", types: neutralTypes, masters: 1 };
  return {
    purpose: environment.purpose,
    kind: environment.infrastructure.kind,
    masters: environment.containerPlatform.masters.count,
    types: resourceTypesOf(environment.infrastructure),
  };
}

export interface ResourceBreach extends Finding {
  rule: Omit<Rule<never>, "check">;
  isMandatory: boolean;
}

/** Judges one resource by all rules that its environment enforces. */
export function judgeResource(
  environment: Environment,
  resource: Resource,
  surroundings: Surroundings,
): ResourceBreach[] {
  return resourceRules.flatMap((rule) => {
    const { level } = enforcementOf(rule, environment);
    if (level === "disabled") return [];
    const isMandatory = level === "mandatory";
    return rule.check({ resource, ...surroundings }).map((finding) => ({ ...finding, rule, isMandatory }));
  });
}
