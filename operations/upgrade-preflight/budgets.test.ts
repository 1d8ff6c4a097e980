import { expect, test } from "vitest";
import { type DisruptionBudget, judgeBudgets, selects } from "./budgets.ts";
import type { PodObject } from "./pods.ts";

test("selectors choose as the API server does", () => {
  const labels = { app: "web", tier: "front" };
  expect(selects({ matchLabels: { app: "web" } }, labels)).toBe(true);
  expect(selects({ matchLabels: { app: "web", tier: "back" } }, labels)).toBe(false);
  expect(selects({}, labels)).toBe(true);
  expect(selects(null, labels)).toBe(false);
  const by = (operator: string, key: string, values?: string[]) =>
    selects({ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }, labels);
  expect([by("In", "app", ["web", "api"]), by("In", "app", ["api"]), by("In", "none", ["x"])]).toEqual([
    true,
    false,
    false,
  ]);
  expect([by("NotIn", "app", ["web"]), by("NotIn", "none", ["web"])]).toEqual([false, true]);
  expect([by("Exists", "app"), by("Exists", "none")]).toEqual([true, false]);
  expect([by("DoesNotExist", "app"), by("DoesNotExist", "none")]).toEqual([false, true]);
});

const pod = (nodeName: string, namespace = "shop", app = "web"): PodObject => ({
  metadata: { name: `web-${nodeName}`, namespace, labels: { app }, ownerReferences: [{ kind: "ReplicaSet" }] },
  spec: { nodeName },
});

const budget = (
  disruptionsAllowed: number,
  currentHealthy: number,
  desiredHealthy: number,
  expectedPods: number,
): DisruptionBudget => ({
  metadata: { name: "web", namespace: "shop" },
  spec: { minAvailable: desiredHealthy, selector: { matchLabels: { app: "web" } } },
  status: { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods },
});

const pool = (drainTimeout: "stop" | "force" = "stop", nodes = ["w1", "w2"]) => ({
  name: "worker",
  nodes,
  rollout: { maxUnavailable: 1, maxSurge: 0, drainSeconds: 120, drainTimeout },
});
const pods = [pod("w1"), pod("w2")];

test("a budget that never lets a pod go stops the upgrade by name, with its rule and its pool", () => {
  expect(judgeBudgets([pool()], [budget(0, 2, 2, 2)], pods)).toMatchObject([
    {
      name: "disruption budget shop/web",
      level: "blocks",
      found: "it never lets a pod go: it wants 2 of its 2 pods (minAvailable: 2), so that a drain of pool worker stops",
      remedy: expect.stringContaining("rollout.drainTimeout: force"),
    },
  ]);
});

test("a budget by maxUnavailable: 0 is told by that rule", () => {
  const never = { ...budget(0, 2, 2, 2), spec: { maxUnavailable: 0, selector: { matchLabels: { app: "web" } } } };
  expect(judgeBudgets([pool()], [never], pods)[0]?.found).toContain("(maxUnavailable: 0)");
});

test("where drains are forced, it warns that its pods are deleted", () => {
  expect(judgeBudgets([pool("force")], [budget(0, 2, 2, 2)], pods)).toMatchObject([
    { level: "warning", found: expect.stringContaining("deleted all the same after 120 s") },
  ]);
});

test("a budget that lets none go only now, as pods are not well, warns", () => {
  expect(judgeBudgets([pool()], [budget(0, 2, 2, 3)], pods)).toMatchObject([
    { level: "warning", found: "it lets no pod go now: 2 of its 3 pods are well, it wants 2" },
  ]);
});

test("budgets with slack, of no pods, or of pods that need not leave are no finding", () => {
  expect(judgeBudgets([pool()], [budget(1, 3, 2, 3)], pods)).toEqual([]);
  expect(judgeBudgets([pool()], [budget(0, 0, 0, 0)], pods)).toEqual([]);
  expect(judgeBudgets([pool()], [budget(0, 2, 2, 2)], [pod("master-1")])).toEqual([]);
  expect(judgeBudgets([pool()], [budget(0, 2, 2, 2)], [pod("w1", "other"), pod("w1", "shop", "api")])).toEqual([]);
  expect(judgeBudgets([], [budget(0, 2, 2, 2)], pods)).toEqual([]);
});
