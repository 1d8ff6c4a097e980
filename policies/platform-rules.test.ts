import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { example, exampleNames } from "../tests/harness/environments/shipped-examples.ts";
import { platformMutations } from "../tests/harness/policies/platform-mutations.ts";
import { evaluate } from "./evaluate.ts";
import { platformFacts } from "./facts.ts";
import { platformRules, resourceRules } from "./rules/index.ts";

const broken = (report: ReturnType<typeof evaluate>) =>
  report.rules.filter(({ violations }) => violations.length > 0).map(({ name, violations }) => ({ name, violations }));

test.each(exampleNames)("the example %s keeps every rule but those that it says why not", (name) => {
  const { rules, ...report } = evaluate(example(name));
  expect(broken({ ...report, rules: rules.filter(({ exemption }) => !exemption) })).toEqual([]);
});

test("rules have names of their own, a framework and a remedy", () => {
  const rules = [...platformRules, ...resourceRules];
  const names = rules.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(rules.filter(({ frameworks, remedy }) => frameworks.length === 0 || !remedy)).toEqual([]);
});

test("each rule has a mutation that breaks it, and no mutation lacks its rule", () => {
  expect(Object.keys(platformMutations).sort()).toEqual(platformRules.map(({ name }) => name).sort());
  expect(Object.entries(platformMutations).filter(([, mutations]) => mutations.length === 0)).toEqual([]);
});

describe("each mutation breaks its rule, told with where and what", () => {
  const sound = platformFacts(example("openstack-application"));
  test.each(platformRules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
    for (const mutate of platformMutations[name] ?? []) {
      const facts = structuredClone(sound);
      mutate(facts);
      const findings = rule.check(facts);
      expect(findings.length).toBeGreaterThan(0);
      for (const { path, message } of findings) expect([path, message]).not.toContain("");
    }
  });
});

test("what an environment may be never makes a rule fail to run", () => {
  fc.assert(
    fc.property(rawEnvironments, (raw) => {
      const report = evaluate(parseEnvironment("test", raw));
      expect(report.rules).toHaveLength(platformRules.length);
    }),
    { numRuns: 25 },
  );
});
