import { expect, test } from "vitest";
import type { RuleSetting } from "../config/environment.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { evaluate, relaxationInWords, relaxedInWords } from "./evaluate.ts";

const name = "control-plane-survives-a-machine";

/** Gives an environment with one master in operation, with the rule against it enforced as told. */
function lonely(rule?: RuleSetting, day?: string) {
  const environment = exampleEnvironment();
  environment.purpose = "operation";
  if (rule) environment.policies.rules[name] = rule;
  const report = evaluate(environment, { day });
  return { report, result: report.rules.find((one) => one.name === name) };
}

test("a broken mandatory rule fails the report, told with path, value and remedy", () => {
  const { report, result } = lonely();
  expect(report.passed).toBe(false);
  expect(result).toMatchObject({
    level: "mandatory",
    severity: "high",
    violations: [
      {
        path: "containerPlatform.masters.count",
        value: 1,
        message: "1 masters",
        remedy: "Set containerPlatform.masters.count to 3, 5 or 7.",
      },
    ],
  });
  expect(result).not.toHaveProperty("exemption");
});

test("an advisory rule is told and fails nothing by itself", () => {
  const { result } = lonely({ level: "advisory", reason: "one rack, board of 2026-11-02" });
  expect(result).toMatchObject({ level: "advisory", exemption: "one rack, board of 2026-11-02" });
  expect(result?.violations).toHaveLength(1);
});

test("an exempt environment breaks nothing, and the report says why", () => {
  const { result } = lonely({ level: "disabled", reason: "one rack, board of 2026-11-02" });
  expect(result).toMatchObject({ level: "disabled", exemption: "one rack, board of 2026-11-02", violations: [] });
});

const decided = { reason: "one rack", by: "the board", date: "2026-11-02", until: "2027-11-01" };

test("a relaxation fails as its rule does from the day after its last", () => {
  const last = lonely({ level: "disabled", ...decided }, "2027-11-01");
  expect(last.result).toMatchObject({ level: "disabled", violations: [] });
  const over = lonely({ level: "disabled", ...decided }, "2027-11-02");
  expect(over.result).toMatchObject({ level: "mandatory", violations: [{ message: "1 masters" }] });
  expect(over.result).not.toHaveProperty("exemption");
  expect(relaxedInWords(over.report)).toBe("1 relaxed until a day that is over");
  expect(over.report.relaxations.map(relaxationInWords)).toEqual([
    `${name} is mandatory again: one rack (the board, 2026-11-02, until 2027-11-01)`,
  ]);
});

test("what is relaxed is counted and named, rules over a cloud's resources too; what is stricter is not", () => {
  const environment = exampleEnvironment();
  environment.policies.rules = {
    [name]: { level: "disabled", ...decided },
    "disks-are-encrypted": { level: "advisory", ...decided, until: undefined },
    "several-zones-are-used": { level: "mandatory" },
  };
  const report = evaluate(environment, { day: "2026-12-01" });
  expect(relaxedInWords(report)).toBe(`2 of ${report.ruleCount} are relaxed`);
  expect(report.ruleCount).toBeGreaterThan(report.rules.length);
  expect(report.relaxations.map(relaxationInWords)).toEqual([
    `${name} is disabled, not mandatory: one rack (the board, 2026-11-02, until 2027-11-01)`,
    "disks-are-encrypted is advisory, not mandatory: one rack (the board, 2026-11-02, without an end)",
  ]);
  expect(relaxedInWords(evaluate(exampleEnvironment()))).toBeUndefined();
});

test("exempt from every rule it breaks, an environment passes", () => {
  const environment = exampleEnvironment();
  environment.purpose = "operation";
  for (const { name, violations } of evaluate(environment).rules)
    if (violations.length > 0) environment.policies.rules[name] = { level: "disabled", reason: "a test of exemptions" };
  expect(evaluate(environment).passed).toBe(true);
});

test("a budget is compared with the cost that is given, and with none where none is known", () => {
  const environment = exampleEnvironment();
  environment.policies.monthlyBudget = { amount: 100, currency: "USD" };
  expect(evaluate(environment).passed).toBe(true);
  expect(evaluate(environment, { monthlyCost: { amount: 100, currency: "USD" } }).passed).toBe(true);
  expect(evaluate(environment, { monthlyCost: { amount: 101, currency: "USD" } }).passed).toBe(false);
});

test("a setting for a rule that does not exist is refused by name", () => {
  const environment = exampleEnvironment();
  environment.policies.rules["no-such-rule"] = { level: "mandatory" };
  expect(() => evaluate(environment)).toThrow(/policies that do not exist: no-such-rule/);
});

test("nothing secret is among what a report shows", () => {
  expect(JSON.stringify(evaluate(exampleEnvironment()))).not.toMatch(/PLACEHOLDER|000000\.0000|BEGIN [A-Z ]*KEY/);
});
