import type { EnforcementLevel, Environment, RuleSetting } from "../config/environment.ts";
import { UserError } from "../lib/errors.ts";
import { type MonthlyCost, platformFacts } from "./facts.ts";
import type { FrameworkItem, Rule, Severity } from "./rule.ts";
import { platformRules, resourceRules } from "./rules/index.ts";

export interface PolicyReport {
  /** True where no mandatory rule is broken. */
  passed: boolean;
  /** Every platform rule, in a stable order, disabled ones too. */
  rules: RuleResult[];
  /** Number of all rules, those over a cloud's resources included. */
  ruleCount: number;
  /** Rules of either kind that the environment's file relaxes. */
  relaxations: Relaxation[];
}

/** A rule that is enforced less here than by default, and who answers for it. */
export interface Relaxation extends Omit<RuleSetting, "level"> {
  rule: string;
  level: EnforcementLevel;
  /** The level that the rule has by default, and has again where this is over. */
  insteadOf: EnforcementLevel;
  /** Its last day is over. */
  isOver: boolean;
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

/** The number of all rules, over the platform and over a cloud's resources. */
export const ruleCount: number = platformRules.length + resourceRules.length;

/** Gives this day as settings have it: in UTC, so that it is the same wherever a run is. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/**
 * Judges an environment by the platform rules, in this process: what `preview` and `up` enforce through the policy pack.
 * The rules over a cloud's own resources need resources, which only a preview has.
 * @throws UserError where the environment sets a rule that does not exist.
 */
export function evaluate(
  environment: Environment,
  known: { monthlyCost?: MonthlyCost; day?: string } = {},
): PolicyReport {
  refuseUnknownRules(environment);
  const { day = today() } = known;
  const facts = platformFacts(environment, known.monthlyCost);
  const rules = platformRules.map((rule) => {
    const { level, reason } = enforcementOf(rule, environment, day);
    const { name, description, severity, frameworks, remedy } = rule;
    const violations = level === "disabled" ? [] : rule.check(facts).map((finding) => ({ ...finding, remedy }));
    return { name, description, severity, frameworks, level, ...(reason ? { exemption: reason } : {}), violations };
  });
  return {
    passed: !rules.some(({ level, violations }) => level === "mandatory" && violations.length > 0),
    rules,
    ruleCount,
    relaxations: relaxationsOf(environment, day),
  };
}

/** Gives the level at which an environment enforces a rule on a day, and the reason where its file sets it. */
export function enforcementOf<F>(
  { name, level }: Rule<F>,
  { policies }: Pick<Environment, "policies">,
  day = today(),
): Pick<RuleSetting, "level" | "reason"> {
  const setting = policies.rules[name];
  return setting && !isOver(setting, day) ? setting : { level };
}

const isOver = ({ until }: RuleSetting, day: string): boolean => until !== undefined && until < day;

const strictness: readonly EnforcementLevel[] = ["disabled", "advisory", "mandatory"];

/** Lists the rules that an environment relaxes, in its file's order; those that are over, too, as they can go. */
export function relaxationsOf({ policies }: Pick<Environment, "policies">, day = today()): Relaxation[] {
  const all: readonly Omit<Rule<never>, "check">[] = [...platformRules, ...resourceRules];
  return Object.entries(policies.rules).flatMap(([rule, setting]) => {
    const insteadOf = all.find(({ name }) => name === rule)?.level ?? "mandatory";
    const isRelaxed = strictness.indexOf(setting.level) < strictness.indexOf(insteadOf);
    return isRelaxed ? [{ rule, ...setting, insteadOf, isOver: isOver(setting, day) }] : [];
  });
}

/** Renders `disks-are-encrypted is advisory, not mandatory: no such disks here (security board, 2026-11-02, until 2027-06-30)`. */
export function relaxationInWords({ rule, level, insteadOf, reason, by, date, until, isOver }: Relaxation): string {
  const end = until ? `until ${until}` : "without an end";
  const what = isOver ? `is ${insteadOf} again` : `is ${level}, not ${insteadOf}`;
  return `${rule} ${what}: ${[reason, `(${[by, date, end].filter(Boolean).join(", ")})`].filter(Boolean).join(" ")}`;
}

/** Renders the head line's count: `2 of 130 are relaxed`; undefined where none is. */
export function relaxedInWords({ relaxations, ruleCount }: Pick<PolicyReport, "relaxations" | "ruleCount">) {
  const relaxed = relaxations.filter((one) => !one.isOver).length;
  const over = relaxations.length - relaxed;
  const parts = [
    ...(relaxed > 0 ? [`${relaxed} of ${ruleCount} ${relaxed === 1 ? "is" : "are"} relaxed`] : []),
    ...(over > 0 ? [`${over} relaxed until a day that is over`] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : undefined;
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
