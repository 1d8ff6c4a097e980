import * as fc from "fast-check";
import { expect, test } from "vitest";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment, type RawEnvironment } from "../tests/harness/environments/example-environment.ts";
import { differenceOf, isEmpty } from "./difference.ts";
import { editOf } from "./edit.ts";
import { planOf } from "./plan.ts";

/** A plan takes some ten milliseconds: policies render what machines are told. */
const few = { numRuns: 10 };

const plan = (settings: Partial<RawEnvironment> = {}) => planOf(exampleEnvironment(settings));

test("an environment does not differ from itself", () => {
  fc.assert(
    fc.property(rawEnvironments, (raw) => {
      expect(isEmpty(differenceOf(plan(raw), plan(raw)))).toBe(true);
    }),
    few,
  );
});

test("the way back says the opposite", () => {
  fc.assert(
    fc.property(rawEnvironments.map(plan), rawEnvironments.map(plan), (one, other) => {
      const [there, back] = [differenceOf(one, other), differenceOf(other, one)];
      const turned = back.ports.map(({ only, ...port }) => ({ only: only === "from" ? "to" : "from", ...port }));
      expect(new Set(there.ports.map((port) => JSON.stringify(port)))).toEqual(
        new Set(turned.map((port) => JSON.stringify(port))),
      );
      expect(there.totals).toEqual(back.totals.map(({ what, from, to }) => ({ what, from: to, to: from })));
      expect(isEmpty(there)).toBe(isEmpty(back));
    }),
    few,
  );
});

test("a pool more, a bigger master and another range are told as such", () => {
  const workerPools = [{ name: "worker" }, { name: "batch", count: 2 }];
  const changed = plan({
    network: { cidr: "10.190.0.0/24" },
    containerPlatform: { masters: { size: { vcpus: 8 } }, workerPools },
  });
  const difference = differenceOf(plan(), changed);
  expect(difference.machines.map(({ group, from, to }) => [group, from?.size.vcpus, to?.size.vcpus])).toEqual([
    ["master", 4, 8],
    ["batch", undefined, 4],
  ]);
  expect(difference.settings).toContainEqual({ what: "network", from: "10.180.0.0/24", to: "10.190.0.0/24" });
  // Operators' ranges are a setting, not a port.
  expect(difference.ports).toEqual([]);
});

test("an edit that no plan shows is none that is empty", () => {
  const [before, after] = [{}, { containerPlatform: { workerPools: [{ name: "worker", labels: { tier: "web" } }] } }];
  const edit = editOf(exampleEnvironment(before), exampleEnvironment(after));
  expect(isEmpty(differenceOf(plan(before), plan(after)))).toBe(true);
  expect(isEmpty(differenceOf(plan(before), plan(after), edit))).toBe(false);
  expect(edit.rollout.map(({ name }) => name)).toEqual(["worker"]);
});

test("an edit of which something is refused changes no machine", () => {
  const after = exampleEnvironment({
    network: { podCidr: "10.64.0.0/16" },
    containerPlatform: { masters: { generation: 2 } },
  });
  const { refused, rollout } = editOf(exampleEnvironment(), after);
  expect(refused.map(({ path }) => path)).toEqual(["network.podCidr"]);
  expect(rollout).toEqual([]);
});
