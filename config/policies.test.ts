import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { parseEnvironment } from "./parse.ts";

const file = (settings: object) => ({ infrastructure: { kind: "local" }, ...settings });
const rule = (setting: object) => file({ policies: { rules: { "several-zones-are-used": setting } } });

const decided = { by: "the security board", date: "2026-11-02" };
const relaxed = { level: "advisory", reason: "the site has one zone", ...decided };

test("a day that Pulumi took for a moment is a day again", () => {
  const environment = parseEnvironment("dev", rule({ ...relaxed, date: "2026-11-02T00:00:00Z" }));
  expect(environment.policies.rules["several-zones-are-used"]?.date).toBe("2026-11-02");
});

test("an environment that says nothing is for development, without budget, quota or exemption", () => {
  const { purpose, policies } = exampleEnvironment();
  expect({ purpose, policies }).toEqual({ purpose: "development", policies: { quota: {}, rules: {} } });
});

const refused: [what: string, raw: object, problem: string | RegExp][] = [
  ["a purpose that is none", file({ purpose: "production" }), /^purpose: must be one of development, operation/],
  [
    "an exemption without a reason",
    rule({ level: "disabled", ...decided }),
    'policies.rules["several-zones-are-used"].reason: must be given: say why this environment is exempt',
  ],
  [
    "a relaxed rule without a reason",
    rule({ level: "advisory", ...decided }),
    /^policies.rules\["several-zones-are-used"\].reason: must be given/,
  ],
  ["one that nobody answers for", rule({ ...relaxed, by: undefined }), /\.by: must be given: name who decided so/],
  ["one of no day", rule({ ...relaxed, date: undefined }), /\.date: must be given: say when/],
  [
    "a day that is none",
    rule({ ...relaxed, date: "2026-02-30" }),
    /\.date: must be the day of the decision, as YYYY-MM-DD/,
  ],
  ["an end before the decision", rule({ ...relaxed, until: "2026-11-01" }), /\.until: must not be before 2026-11-02/],
  ...["ok", "aaaaaaaaaa", "aaaa aaaa aaaa", "..............", "1234567890 12345"].map(
    (reason) =>
      [
        `a reason that says nothing: ${reason}`,
        rule({ ...relaxed, reason }),
        /^policies.rules\["several-zones-are-used"\].reason: must say why, in words: 10 characters or more/,
      ] as [string, object, RegExp],
  ),
  [
    "a level that is none",
    rule({ ...relaxed, level: "off" }),
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
];

test.each(refused)("refuses %s", (_what, raw, problem) => {
  const expected = typeof problem === "string" ? problem : expect.stringMatching(problem);
  expect(problems(raw)).toEqual([expected]);
});

test("takes a mandatory rule without a reason, and a relaxed one with one", () => {
  expect(problems(rule({ level: "mandatory" }))).toEqual([]);
  expect(problems(rule(relaxed))).toEqual([]);
  expect(problems(rule({ ...relaxed, reason: "랙이 하나뿐인 전산실이라서", until: "2027-11-01" }))).toEqual([]);
});
