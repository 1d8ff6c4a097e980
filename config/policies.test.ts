import { expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";

const file = (settings: object) => ({ infrastructure: { kind: "local" }, ...settings });
const rule = (setting: object) => file({ policies: { rules: { "several-zones-are-used": setting } } });

test("an environment that says nothing is for development, without budget, quota or exemption", () => {
  const { purpose, policies } = exampleEnvironment();
  expect({ purpose, policies }).toEqual({ purpose: "development", policies: { quota: {}, rules: {} } });
});

test.each([
  ["a purpose that is none", file({ purpose: "production" }), /^purpose: must be one of development, operation/],
  [
    "an exemption without a reason",
    rule({ level: "disabled" }),
    'policies.rules["several-zones-are-used"].reason: must be given: say why this environment is exempt, and who decided so',
  ],
  [
    "a relaxed rule without a reason",
    rule({ level: "advisory" }),
    /^policies.rules\["several-zones-are-used"\].reason: must be given/,
  ],
  [
    "a reason that says nothing",
    rule({ level: "disabled", reason: "ok" }),
    /^policies.rules\["several-zones-are-used"\].reason: must say why in 10 characters or more/,
  ],
  [
    "a level that is none",
    rule({ level: "off", reason: "we decided so" }),
    /^policies.rules\["several-zones-are-used"\].level: must be one of mandatory, advisory, disabled/,
  ],
  [
    "a budget without a currency",
    file({ policies: { monthlyBudget: { amount: 5 } } }),
    /^policies.monthlyBudget.currency: /,
  ],
  [
    "a currency that is no code",
    file({ policies: { monthlyBudget: { amount: 5, currency: "won" } } }),
    /^policies.monthlyBudget.currency: must be a currency's code such as USD/,
  ],
  [
    "a quota of nothing",
    file({ policies: { quota: { machines: 0 } } }),
    /^policies.quota.machines: must be at least 1/,
  ],
])("refuses %s", (_what, raw, problem) => {
  const expected = typeof problem === "string" ? problem : expect.stringMatching(problem);
  expect(problems(raw)).toEqual([expected]);
});

test("takes a mandatory rule without a reason, and a relaxed one with one", () => {
  expect(problems(rule({ level: "mandatory" }))).toEqual([]);
  expect(problems(rule({ level: "advisory", reason: "one zone, decided 2026-11-02" }))).toEqual([]);
});
