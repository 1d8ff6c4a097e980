import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { Environment } from "../config/environment.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { type ChangeStage, changeStages } from "../config/rollout-order.ts";
import { withSurge } from "../config/surge.ts";
import { createInfrastructure } from "../stacks/local/index.ts";
import { type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { both } from "../tests/harness/mocks/plan-and-program.ts";
import { ContainerPlatform } from "./container-platform.ts";
import { Rollout } from "./rollout.ts";

const environment = parseEnvironment("test", {
  infrastructure: { kind: "local" },
  containerPlatform: {
    masters: { count: 3 },
    workerPools: [
      { name: "web", count: 6, rollout: { maxUnavailable: 2 } },
      { name: "batch", count: 2 },
    ],
  },
});
const machines = planMachines(environment).map(({ name }) => name);
const stages = changeStages(environment, planMachines(environment));

/** The course of a run: what was under way whenever a machine was registered, itself the last. */
interface Course {
  recorded: Recorded;
  registered: string[][];
}

/** Records a platform of which these machines were there before. Each takes a while, the later ones less. */
async function course(
  machinesBefore: string[],
  order: readonly ChangeStage[] = stages,
  built: Environment = environment,
): Promise<Course> {
  const underWay = new Set<string>();
  const machines = planMachines(built).map(({ name }) => name);
  const registered: string[][] = [];
  const recorded = await record(() => build(built, order), {
    machinesBefore,
    async registering({ type, inputs }) {
      if (type === "kpaas:local:Machine") {
        underWay.add(inputs.machineName);
        registered.push([...underWay]);
        await sleep(5);
      }
      const ended = {
        "kpaas:index:Node": inputs.nodeName?.replace("test-", ""),
        "kpaas:index:FirstBoot": inputs.machineName,
      };
      const machine = ended[type as keyof typeof ended];
      if (machine === undefined) return;
      await sleep(20 + 5 * (machines.length - machines.indexOf(machine)));
      underWay.delete(machine);
    },
  });
  return { recorded, registered };
}

const build = (environment: Environment, order: readonly ChangeStage[]) =>
  new ContainerPlatform("platform", {
    environment,
    infrastructure: createInfrastructure(environment),
    rollout: new Rollout(order, {}),
  });

class Step extends pulumi.CustomResource {
  constructor(name: string) {
    super("test:index:Step", name, {});
  }
}

const living = await course(machines);
const begun = ({ registered }: Course) => registered.map((underWay) => underWay.at(-1) as string);

test("machines that are there change stage by stage: each stage begins when the one before is through", () => {
  const order = begun(living);
  expect([...order].sort()).toEqual([...machines].sort());
  expect(stages.map(({ machines }) => order.splice(0, machines.length).sort())).toEqual(
    stages.map(({ machines }) => [...machines].sort()),
  );
  for (const underWay of living.registered) {
    const stage = stages.find(({ machines }) => machines.includes(underWay.at(-1) as string));
    expect(stage?.machines).toEqual(expect.arrayContaining(underWay));
  }
});

test("masters change one at a time, in order, as does whatever else there is one of", () => {
  const alone = living.registered.filter((underWay) => !/^(web|batch)-/.test(underWay.at(-1) ?? ""));
  expect(alone).toEqual([
    ["haproxy-1"],
    ["registry"],
    ["database"],
    ["storage"],
    ["master-1"],
    ["master-2"],
    ["master-3"],
  ]);
});

test("a pool's first machine changes alone, then no more at once than it allows", () => {
  const numbers = (pool: string) =>
    living.registered.filter((underWay) => underWay.at(-1)?.startsWith(pool)).map(({ length }) => length);
  expect(numbers("web")).toEqual([1, 1, 2, 2, 2, 2]);
  expect(numbers("batch")).toEqual([1, 1]);
});

test("new machines wait for nobody: a platform comes up all at once", async () => {
  const { registered } = await course([]);
  expect(registered.at(-1)).toHaveLength(machines.length);
});

test("a machine that comes to a living platform waits for none that changes, and none waits for it", async () => {
  const added = ["web-6", "master-3"];
  const { registered } = await course(machines.filter((name) => !added.includes(name)));
  const order = registered.map((underWay) => underWay.at(-1) as string);
  const firstChange = order.indexOf("registry");
  expect(order.slice(0, firstChange)).toEqual(expect.arrayContaining(added));
  expect(order).toHaveLength(machines.length);
});

test("a machine of no stage does not wait, and a stage's machine that is not registered holds up none that is new", async () => {
  const others: ChangeStage[] = [{ name: "elsewhere", machines: ["other-1"], atOnce: 1 }];
  const { registered } = await course([...machines, "other-1"], others);
  expect(registered.at(-1)).toHaveLength(machines.length);
});

describe("machines that stand in for others", () => {
  const surging = withSurge(
    parseEnvironment("test", {
      infrastructure: { kind: "local" },
      containerPlatform: {
        masters: { count: 3 },
        workerPools: [{ name: "web", count: 6, rollout: { maxUnavailable: 1, maxSurge: 2 } }, { name: "batch" }],
      },
    }),
    ["web"],
  );
  const plans = planMachines(surging);
  const living = plans.map(({ name }) => name).filter((name) => !/^web-[78]$/.test(name));
  const surged = (machinesBefore: string[]) => course(machinesBefore, changeStages(surging, plans), surging);

  test("come once masters are through, and no other of their pool begins before they are; then that many more go at once", async () => {
    const seen = (await surged(living)).registered;
    const order = seen.map((underWay) => underWay.at(-1) as string);
    expect(
      order
        .slice(order.indexOf("master-3") + 1)
        .slice(0, 2)
        .sort(),
    ).toEqual(["web-7", "web-8"]);
    const ofWeb = seen.filter((underWay) => /^web-[1-6]$/.test(underWay.at(-1) ?? ""));
    for (const underWay of ofWeb)
      expect(underWay).not.toEqual(expect.arrayContaining([expect.stringMatching(/^web-[78]$/)]));
    expect(ofWeb.map(({ length }) => length)).toEqual([1, 1, 2, 3, 3, 3]);
    expect(order.at(-1)).toBe("batch-1");
  });

  test("are not on record: they are none that the platform is to have", async () => {
    const { resources } = await record(async () => void (await Rollout.onRecord("record", surging, plans, {})));
    const [found] = resources.filter(({ type }) => type === "kpaas:index:PlatformRecord");
    expect(found?.inputs.machines).toMatchObject({ web: living.filter((name) => name.startsWith("web-")) });
  });

  test("that a killed run has left take their turn, and nobody waits for them", async () => {
    const seen = (await surged([...living, "web-7", "web-8"])).registered;
    const ofWeb = seen.filter((underWay) => underWay.at(-1)?.startsWith("web-"));
    expect(Math.max(...ofWeb.map(({ length }) => length))).toBe(3);
    expect(ofWeb.map((underWay) => underWay.at(-1)).sort()).toEqual(
      plans.filter(({ pool }) => pool === "web").map(({ name }) => name),
    );
  });

  test("of which one does not come keep every other of their pool as it is", async () => {
    const order: string[] = [];
    const machinesOf = (name: string) => plans.find((plan) => plan.name === name) as (typeof plans)[number];
    await record(
      async () => {
        const rollout = new Rollout(changeStages(surging, plans), {});
        rollout.begin(new Step("authority"));
        for (const name of ["web-1", "web-7", "web-8"])
          void rollout.turn(machinesOf(name)).then(() => {
            order.push(name);
            if (name === "web-7") rollout.done(machinesOf(name), new Step(name));
          });
        await sleep(200);
      },
      { machinesBefore: ["web-1"] },
    );
    expect(order.sort()).toEqual(["web-7", "web-8"]);
  });
});

test("the order leaves no trace in the state: ties are those of a platform without one", async () => {
  const free = await course([]);
  const ties = ({ recorded }: Course) =>
    [...recorded.ties]
      .map(([name, { dependencies, ...rest }]) => [name, { dependencies: dependencies.sort(), ...rest }])
      .sort();
  expect(ties(living)).toEqual(ties(free));
  expect(ties(living).length).toBeGreaterThan(40);
});

test("of a pool of 1,000 with 5% at once, 50 are under way whenever there are so many left, and never more", async () => {
  const { containerPlatform, network, ...rest } = environment;
  const [pool] = containerPlatform.workerPools;
  if (!pool) throw new Error("no pool");
  const rollout = { ...pool.rollout, maxUnavailable: "5%" };
  const large: Environment = {
    ...rest,
    network,
    containerPlatform: { ...containerPlatform, workerPools: [{ ...pool, count: 1000, rollout }] },
  };
  const plans = planMachines(large).filter(({ role }) => role === "worker");
  expect(plans).toHaveLength(1000);
  let underWay = 0;
  const seen: number[] = [];
  await record(
    async () => {
      const order = new Rollout(changeStages(large, plans), {});
      order.begin(new Step("authority"));
      await Promise.all(
        plans.map(async (plan) => {
          await order.turn(plan);
          seen.push(++underWay);
          order.done(plan, new Step(plan.name));
        }),
      );
    },
    {
      machinesBefore: plans.map(({ name }) => name),
      async registering({ type, name }) {
        if (type !== "test:index:Step" || name === "authority") return;
        await sleep(1 + (Number(name.split("-")[1]) % 7));
        underWay--;
      },
    },
  );
  expect(seen).toHaveLength(1000);
  expect(seen.slice(0, 2)).toEqual([1, 1]);
  expect(Math.max(...seen)).toBe(50);
});

test("the platform's record comes before anything that could change", async () => {
  const { program } = await both("local");
  const [first, ...others] = program.resources.filter(
    ({ type }) => type !== "pulumi:providers:kpaas" && type !== "pulumi:pulumi:Stack",
  );
  expect(first?.type).toBe("kpaas:index:PlatformRecord");
  expect(first?.inputs.machines.master).toContain("master-1");
  expect(others.filter(({ type }) => type === "kpaas:index:PlatformRecord")).toEqual([]);
});
