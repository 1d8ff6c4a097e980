import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ContainerPlatform } from "../components/container-platform.ts";
import type { Infrastructure } from "../components/infrastructure.ts";
import { Rollout } from "../components/rollout.ts";
import type { Environment } from "../config/environment.ts";
import { capabilitiesOf, infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { changeStages } from "../config/rollout-order.ts";
import { exampleSettings } from "../tests/harness/environments/shipped-examples.ts";
import { type Recorded, record } from "../tests/harness/mocks/mocks.ts";

type Resource = Recorded["resources"][number];

/** Resources by which a load balancer knows where to pass connections on. */
const target = /:(TargetGroupAttachment|ServerGroupServerAttachment|ClbTargetGroupInstanceAttachment|Members?)$/;

function environmentOn(kind: string): Environment {
  const { containerPlatform, ...settings } = exampleSettings(`${kind}-operation`) as Record<string, object>;
  const { haproxy: _, ...platform } = containerPlatform as Record<string, unknown>;
  return parseEnvironment("test", { ...settings, containerPlatform: { ...platform, gateway: "load-balancer" } });
}

const kinds = infrastructureKinds().filter(
  (kind) => capabilitiesOf(parseEnvironment("test", exampleSettings(kindExample(kind))).infrastructure).loadBalancer,
);

function kindExample(kind: string): string {
  return kind === "local" ? "local" : `${kind}-operation`;
}

/** Gives, for each master in the order of their machines, the ways to it that were there when the next one's machine was made. */
async function waysInTurn(kind: string) {
  const environment = environmentOn(kind);
  const plans = planMachines(environment);
  const masters = plans.filter(({ role }) => role === "master");
  const ways = new Map(masters.map(({ name }) => [name, 0]));
  const whenNextBegan = new Map<string, number>();
  const { createInfrastructure }: { createInfrastructure(environment: Environment, secrets: object): Infrastructure } =
    await import(`./${kind}/index.ts`);
  const leadsTo = (plan: (typeof masters)[number], { type, inputs }: Resource) =>
    target.test(type) && [plan.privateIp, `platform-${plan.name}-id`].some((is) => texts(inputs).includes(String(is)));
  const { ties } = await record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout(changeStages(environment, plans), {}),
      }),
    {
      machinesBefore: plans.map(({ name }) => name),
      async registering(resource) {
        const index = masters.findIndex(({ name }) => resource.name === `platform-${name}`);
        const before = masters[index - 1];
        if (/:Instance$/.test(resource.type) && before) whenNextBegan.set(before.name, ways.get(before.name) ?? 0);
        const found = masters.filter((plan) => leadsTo(plan, resource));
        // Nodes are ready at once here.
        if (found.length > 0) await sleep(50);
        for (const { name } of found) ways.set(name, (ways.get(name) ?? 0) + 1);
      },
    },
  );
  const goWithMachine = [...ties].some(
    ([name, { dependencies }]) =>
      target.test(name.split(" ")[0] ?? "") && dependencies.some((tie) => /:Instance /.test(tie)),
  );
  return { ways, whenNextBegan, goWithMachine };
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

test("infrastructures with load balancers are these", () => {
  expect(kinds.sort()).toEqual(["alibaba", "aws", "nhn", "openstack", "tencent"]);
});

const byAddress = ["nhn", "openstack"];

test.each(byAddress)(
  "on %s a load balancer knows masters by their addresses, whichever machine has them",
  async (kind) => {
    const { ways, goWithMachine } = await waysInTurn(kind);
    expect([...ways.values()]).toEqual([1, 1, 1]);
    expect(goWithMachine).toBe(false);
  },
);

test.each(kinds.filter((kind) => !byAddress.includes(kind)))(
  "on %s a master that was made anew is behind both load balancers before the next one goes",
  async (kind) => {
    const { ways, whenNextBegan } = await waysInTurn(kind);
    expect([...ways.values()]).toEqual([2, 2, 2]);
    expect([...whenNextBegan]).toEqual([
      ["master-1", 2],
      ["master-2", 2],
    ]);
  },
);
