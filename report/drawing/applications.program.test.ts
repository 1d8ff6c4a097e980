import { describe, expect, test } from "vitest";
import { differenceOf, isEmpty } from "../../plan/difference.ts";
import { planOf } from "../../plan/plan.ts";
import { applications, environment, without } from "../../tests/harness/environments/planned-applications.ts";
import { drawingOf } from "./drawing.ts";

describe("the drawing", () => {
  const boxes = (plan: typeof without) =>
    [...drawingOf(plan).matchAll(/id="plan-0-applications ([^"]+)"/g)].map(([, id]) => id);

  test("has a box for each group, however many its VMs are, in a cluster of their own", () => {
    const names = applications().groups.map(({ name }) => name);
    expect(boxes(planOf(environment({}))).sort()).toEqual([...names, "gateway", "users"].sort());
    const large = planOf(environment({ groups: { "diego-cell": { count: 100 } } }));
    expect(boxes(large)).toHaveLength(names.length + 2);
    expect(drawingOf(large)).toContain("100 × diego-cell");
    expect(drawingOf(large).match(/subgraph "cluster applications"/g)).toHaveLength(1);
  });

  test("leads users through the gateway to the three groups behind it", () => {
    const ways = [
      ...drawingOf(planOf(environment({}))).matchAll(/"applications (\S+)" -> "applications (\S+)" \[class="way"\]/g),
    ];
    expect(ways.map(([, from, to]) => `${from} ${to}`)).toEqual([
      "users gateway",
      "gateway router",
      "gateway tcp-router",
      "gateway scheduler",
    ]);
  });

  test("has nothing of it where there is none", () => {
    expect(boxes(without)).toEqual([]);
  });
});

describe("compared with another", () => {
  test("each group that is only in one is told, apart from machines of the same name", () => {
    const { machines, settings, ports } = differenceOf(without, planOf(environment({})));
    const groups = applications().groups.map(({ name }) => `app ${name}`);
    expect(machines.map(({ group }) => group)).toEqual(["jumphost", ...groups]);
    expect(settings).toContainEqual({ what: "system domain", from: "none", to: "cf.example.com" });
    expect(ports).toContainEqual({
      only: "to",
      role: "app gateway",
      port: "tcp 2222",
      source: "operators",
    });
  });

  test("a changed count is one line, and the same twice is none", () => {
    const four = planOf(environment({ groups: { router: { count: 4 } } }));
    const { machines } = differenceOf(planOf(environment({})), four);
    expect(machines.map(({ group, from, to }) => [group, from?.count, to?.count])).toEqual([["app router", 3, 4]]);
    expect(isEmpty(differenceOf(four, four))).toBe(true);
  });
});
