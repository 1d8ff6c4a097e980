import type { EnforcementLevel, Environment } from "../config/environment.ts";
import { UserError } from "../lib/errors.ts";
import { type MonthlyCost, platformFacts } from "./facts.ts";
import type { FrameworkItem, Rule, Severity } from "./rule.ts";
import { platformRules, resourceRules } from "./rules/index.ts";

export interface PolicyReport {
  /** True where no mandatory rule is broken. */
  passed: boolean;
  /** Every platform rule, in a stable order, disabled ones too. */
  rules: RuleResult[];
}

export interface RuleResult {
  name: string;
  description: string;
  severity: Severity;
  frameworks: FrameworkItem[];
  level: EnforcementLevel;
  /** The reason, recorded in the environment file, why the rule is enforced otherwise than by default. */
  exemption?: string;
  /** None where the rule is kept or disabled. */
  violations: Violation[];
}

export interface Violation {
  path: string;
  /** The value at the path; never a secret. */
  value?: unknown;
  message: string;
  remedy: string;
}

/**
 * Judges an environment by the platform rules, in this process: what `preview` and `up` enforce through the policy pack.
 * The rules over a cloud's own resources need resources, which only a preview has.
 * @throws UserError where the environment sets a rule that does not exist.
 */
export function evaluate(environment: Environment, known: { monthlyCost?: MonthlyCost } = {}): PolicyReport {
  refuseUnknownRules(environment);
  const facts = platformFacts(environment, known.monthlyCost);
  const rules = platformRules.map((rule) => {
    const { level, reason } = enforcementOf(rule, environment);
    const { name, description, severity, frameworks, remedy } = rule;
    const violations = level === "disabled" ? [] : rule.check(facts).map((finding) => ({ ...finding, remedy }));
    return { name, description, severity, frameworks, level, ...(reason ? { exemption: reason } : {}), violations };
  });
  return { passed: !rules.some(({ level, violations }) => level === "mandatory" && violations.length > 0), rules };
}

/** Gives the level at which an environment enforces a rule, and the reason where its file sets it. */
export function enforcementOf<F>({ name, level }: Rule<F>, { policies }: Pick<Environment, "policies">) {
  return policies.rules[name] ?? { level };
}

/** @throws UserError that names every unknown rule. */
export function refuseUnknownRules({ name: environment, policies }: Environment): void {
  const names = new Set<string>([...platformRules, ...resourceRules].map(({ name }) => name));
  const unknown = Object.keys(policies.rules).filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `environment ${JSON.stringify(environment)} sets policies that do not exist: ${unknown.join(", ")}`,
    "correct policies.rules; docs/policies.md lists every policy",
  );
}
