import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import type { OperationResult } from "../operations/engine/operation.ts";
import type { Outcome } from "../operations/engine/progress.ts";
import { differenceOf } from "../plan/difference.ts";
import { planOf } from "../plan/plan.ts";
import { operationMarkdown, planMarkdown } from "./markdown.ts";

const outcome = (op: Outcome["op"], label: string, diffs: string[] = []): Outcome => ({
  op,
  urn: label,
  type: "t",
  name: label,
  label,
  notable: true,
  diffs,
});

const result = (more: Partial<OperationResult>): OperationResult => ({
  environment: "dev",
  command: "preview",
  result: "succeeded",
  seconds: 1,
  changes: {},
  outcomes: [],
  failures: [],
  ...more,
});

test("refreshes and what is unchanged are no changes", () => {
  const text = operationMarkdown(result({ outcomes: [outcome("same", "a"), outcome("refresh", "b")] }));
  expect(text).toBe("### Preview of `dev`\n\nno changes.");
});

test("a change has a row with what differs", () => {
  const changes = { update: 1, same: 3 };
  const text = operationMarkdown(result({ changes, outcomes: [outcome("update", "machine worker-1", ["image"])] }));
  expect(text).toContain("1 updated, 3 unchanged.");
  expect(text).toContain("| update | `machine worker-1` | `image` |");
});

test("a failure is told in its words, which cannot be markup, a mention or another cell", () => {
  const message = "<img src=x> **no** quota|\nask @admins";
  const text = operationMarkdown(result({ result: "failed", failures: [{ label: "machine `a`", message }] }));
  expect(text).toContain("**failed**");
  expect(text).toContain("- `machine 'a'`: &lt;img src=x> \\*\\*no\\*\\* quota\\|<br>ask &#64;admins");
});

test("the order in which machines change is a numbered list", () => {
  const changes = [{ kind: "replaced" as const, machines: ["master-1"], because: [] }];
  const stage = { name: "master", role: "master" as const, changes, first: "master-1", atOnce: 1, seconds: 90 };
  const text = operationMarkdown(result({ rollout: [stage, { ...stage, interrupted: "nothing | works" }] }));
  expect(text).toContain(
    "in this order:\n\n1. master-1 replaced; about 2 min\n2. master-1 replaced; meanwhile nothing \\| works;",
  );
});

const relaxed = {
  reason: "one rack <b>",
  by: "the board",
  date: "2026-11-02",
  until: "2999-12-31",
};

test("the head line of a plan counts what is relaxed, and all of it is listed", () => {
  const environment = parseEnvironment("dev", {
    infrastructure: { kind: "local" },
    policies: {
      rules: {
        "control-plane-survives-a-machine": { level: "disabled", ...relaxed },
        "disks-are-encrypted": { level: "advisory", ...relaxed, until: "2026-11-03" },
      },
    },
  });
  const text = planMarkdown(planOf(environment));
  expect(text).toMatch(/Policies \(\d+\): .*; \*\*1 of \d+ is relaxed, 1 relaxed until a day that is over\*\*\./);
  expect(text).toContain(
    "- control-plane-survives-a-machine is disabled, not mandatory: one rack &lt;b> (the board, 2026-11-02, until 2999-12-31)",
  );
  expect(text).toContain("- disks-are-encrypted is mandatory again: one rack");
});

test("a preview's report counts and lists what is relaxed, too", () => {
  const { reason, by, date } = relaxed;
  const relaxation = { rule: "disks-are-encrypted", level: "advisory", insteadOf: "mandatory", isOver: false } as const;
  const text = operationMarkdown(
    result({ relaxed: { ruleCount: 130, relaxations: [{ ...relaxation, reason, by, date }] } }),
  );
  expect(text).toContain("Policies: **1 of 130 is relaxed**.");
  expect(text).toContain(
    "- disks-are-encrypted is advisory, not mandatory: one rack &lt;b> (the board, 2026-11-02, without",
  );
});

test("a plan tells what changes from the file as it was, a relaxed rule among it, and none of it is markup", () => {
  const planned = (settings: object) =>
    planOf(parseEnvironment("dev", { infrastructure: { kind: "local" }, ...settings }));
  const to = planned({ policies: { rules: { "disks-are-encrypted": { level: "disabled", ...relaxed } } } });
  const text = planMarkdown(to, differenceOf(planned({}), to));
  expect(text).toMatch(
    /What changes:\n\n<pre>\n[\s\S]*policy disks-are-encrypted {2}mandatory {2}-> {2}disabled: one rack &lt;b>/,
  );
  expect(text.slice(text.indexOf("<pre>"), text.indexOf("</pre>"))).not.toContain("\n\n");
  expect(planMarkdown(to, differenceOf(to, to))).toContain("Nothing of the plan changes.");
});

test("a thousand changes are cut so that a comment holds them", () => {
  const outcomes = Array.from({ length: 1000 }, (_, n) => outcome("create", `machine worker-${n}`));
  const text = operationMarkdown(result({ changes: { create: 1000 }, outcomes }));
  expect(text).toContain("1000 created");
  expect(text).toContain("and 900 more");
  expect(text.length).toBeLessThan(10_000);
});

test("a plan has its machines, its cost and the rules it breaks", () => {
  const network = { adminCidrs: ["203.0.113.0/24"] };
  const settings = { infrastructure: { kind: "openstack" }, purpose: "operation", network } as const;
  const workerPools = [{ name: "worker", count: 1 }];
  const environment = parseEnvironment("dev", { ...settings, containerPlatform: { workerPools } });
  const text = planMarkdown(planOf(environment));
  expect(text).toMatch(/\| worker \| \d+ \|/);
  expect(text).toContain("Cost: no price table.");
  expect(text).toContain("**mandatory ones are broken**");
  expect(text).toMatch(
    /\| mandatory \| `workers-survive-a-machine` \| `containerPlatform\.workerPools\[0\]\.count` \|/,
  );
});

test("what a site's transforms change is told where there are any", () => {
  const environment = parseEnvironment("dev", { infrastructure: { kind: "local" } });
  const plan = planOf(environment, undefined, { path: "/sites/Pulumi.dev.transform.ts", types: ["a:b:C"] });
  expect(planMarkdown(plan)).toContain("Changed by transform (`Pulumi.dev.transform.ts`): `a:b:C`.");
  expect(planMarkdown(planOf(environment))).not.toContain("transform");
  const transformed = [{ type: "a:b:C", name: "one", properties: ["size"] }];
  expect(operationMarkdown(result({ transformed }))).toContain("Changed by transform: 1 resource (a:b:C).");
  expect(operationMarkdown(result({}))).not.toContain("transform");
});
