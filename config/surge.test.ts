import { describe, expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { planMachines } from "./machines.ts";
import { changeStages } from "./rollout-order.ts";
import { poolsWithSurge, standIns, surgeOf, withSurge } from "./surge.ts";

const environment = exampleEnvironment({
  containerPlatform: {
    workerPools: [
      { name: "web", count: 3, rollout: { maxUnavailable: 0, maxSurge: 1 } },
      { name: "batch", count: 5, rollout: { maxUnavailable: 1, maxSurge: "30%" } },
      { name: "plain", count: 2 },
      { name: "empty", count: 0, rollout: { maxSurge: 3 } },
    ],
  },
});

describe("machines that stand in for others", () => {
  test.each([
    [0, 10, 0],
    [2, 10, 2],
    ["10%", 1, 1],
    ["10%", 10, 1],
    ["10%", 11, 2],
    ["100%", 3, 3],
    [2, 0, 0],
    ["50%", 0, 0],
  ])("%j of a pool of %d are %d", (maxSurge, count, machines) => {
    expect(surgeOf({ maxSurge }, count)).toBe(machines);
  });

  test("are of the pools that say so, and have the numbers after the others'", () => {
    expect(poolsWithSurge(environment)).toEqual(["web", "batch"]);
    expect(standIns(environment).map(({ name }) => name)).toEqual(["web-4", "batch-6", "batch-7"]);
    const machines = planMachines(withSurge(environment, ["web"])).map(({ name }) => name);
    expect(machines).toEqual(expect.arrayContaining(planMachines(environment).map(({ name }) => name)));
    expect(machines.filter((name) => /^(web-4|batch-6)$/.test(name))).toEqual(["web-4"]);
  });

  test("come once, however often they are asked for", () => {
    const surged = withSurge(environment, ["batch"]);
    const pool = surged.containerPlatform.workerPools.find(({ name }) => name === "batch");
    expect(pool).toMatchObject({ count: 7, standIns: 2 });
    expect(withSurge(environment, [])).toBe(environment);
  });

  test("let as many nodes more go at once; without them one goes at least", () => {
    const stages = (pools: string[]) => {
      const surged = withSurge(environment, pools);
      const all = changeStages(surged, planMachines(surged));
      return all.filter(({ name }) => ["web", "batch", "plain"].includes(name)).map(({ machines: _, ...rest }) => rest);
    };
    expect(stages([])).toEqual([
      { name: "web", atOnce: 1 },
      { name: "batch", atOnce: 1 },
      { name: "plain", atOnce: 1 },
    ]);
    expect(stages(["web", "batch"])).toEqual([
      { name: "web", atOnce: 1, standIns: ["web-4"] },
      { name: "batch", atOnce: 3, standIns: ["batch-6", "batch-7"] },
      { name: "plain", atOnce: 1 },
    ]);
  });
});

describe("a file", () => {
  const said = (pool: object, network: object = {}) =>
    problems({
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"], ...network },
      containerPlatform: { workerPools: [{ name: "web", ...pool }] },
    });
  const path = "containerPlatform.workerPools[0].rollout";

  test("may have none away where others stand in, and only there", () => {
    expect(said({ rollout: { maxUnavailable: 0, maxSurge: 1 } })).toEqual([]);
    expect(said({ rollout: { maxUnavailable: 0, maxSurge: "1%" } })).toEqual([]);
    expect(said({ rollout: { maxUnavailable: 0 } })).toEqual([
      `${path}.maxUnavailable: must be 1 or more where maxSurge is 0 (got 0); use 1, or set maxSurge to 1`,
    ]);
  });

  test.each([-1, 1.5, "0%", "101%", "5", "many"])("cannot say %j of them", (maxSurge) => {
    expect(said({ rollout: { maxSurge } })).toEqual([
      `${path}.maxSurge: must be a number from 0 on, or a share from 1% to 100% (got ${JSON.stringify(maxSurge)})`,
    ]);
  });

  test("needs addresses, pod ranges and host names for them", () => {
    // 119 workers fit into a zone's half of a /24.
    const manyPods = { podCidr: "10.64.0.0/16" };
    expect(said({ count: 119 }, manyPods)).toEqual([]);
    expect(said({ count: 119, rollout: { maxSurge: 1 } }, manyPods)).toEqual([
      expect.stringMatching(
        /^network\.cidr: must hold the workers and those that stand in for them \(rollout\.maxSurge\): 120 in one zone, room for 119/,
      ),
    ]);
    const pods = { podCidr: "10.233.64.0/21" };
    expect(said({ count: 7 }, pods)).toEqual([]);
    expect(said({ count: 7, rollout: { maxSurge: 1 } }, pods)).toEqual([
      expect.stringMatching(
        /^network\.podCidr: must hold a \/24 for each node and those that stand in .*: 9 nodes, room for 8/,
      ),
    ]);
    const longest = { name: "a".repeat(40), count: 9 };
    const named = (rollout: object) =>
      problems({ ...local, containerPlatform: { workerPools: [{ ...longest, rollout }] } }, "b".repeat(20));
    expect(named({})).toEqual([]);
    expect(named({ maxSurge: 1 })).toEqual([expect.stringContaining("must leave host names at most 63 characters")]);
  });
});

const local = { infrastructure: { kind: "local" } };
