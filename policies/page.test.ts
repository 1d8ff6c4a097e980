import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cisNotMet, cisScored, cisUndecided, csapDemands, ismspItems, ismspUndecided } from "./frameworks.ts";
import { coveredItems, policyPage } from "./page.ts";
import { platformRules, resourceRules } from "./rules/index.ts";

const rules = [...platformRules, ...resourceRules];

test("docs/policies.md is what the rules are: npm run policies", () => {
  expect(readFileSync(new URL("../docs/policies.md", import.meta.url), "utf8")).toBe(policyPage());
});

test("each of the 65 scored CIS checks is covered, not met with a reason, or not decided with a reason", () => {
  expect(new Set(cisScored).size).toBe(65);
  const told = [
    ...coveredItems("CIS", cisScored),
    ...cisUndecided.flatMap(({ items }) => items),
    ...Object.keys(cisNotMet),
  ];
  expect(told.sort()).toEqual([...cisScored].sort());
});

test("each of the 26 items of ISMS-P is covered, or not decided with a reason, and no rule names another", () => {
  const items = Object.keys(ismspItems);
  expect(items).toHaveLength(26);
  const told = [...coveredItems("ISMS-P", items), ...ismspUndecided.flatMap(({ items }) => items)];
  expect(told.sort()).toEqual([...items].sort());
  const named = rules.flatMap(({ frameworks }) => frameworks.filter(({ framework }) => framework === "ISMS-P"));
  expect(named.filter(({ item }) => !items.includes(item))).toEqual([]);
});

test("each demand of CSAP names rules that refer to its domain, or says why there is none", () => {
  for (const { demand, domain, rules: names, because } of csapDemands) {
    expect([demand, names.length > 0]).toEqual([demand, because === undefined]);
    for (const name of names) {
      const references = rules.find((rule) => rule.name === name)?.frameworks ?? [];
      expect([name, references]).toEqual([name, expect.arrayContaining([{ framework: "CSAP", item: domain }])]);
    }
  }
});
