import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "surge";
const machineType = "ec2/instance:Instance";
const web = ["web-1", "web-2"];

const settings = (generation: number, labels: Record<string, string> = {}) => ({
  infrastructure: { kind: "aws" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: {
    workerPools: [
      { name: "web", count: 2, generation, labels, rollout: { maxUnavailable: 0, maxSurge: 1 } },
      { name: "batch", count: 1 },
    ],
  },
});

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
  platform.configure(settings(1));
  await platform.kpaasOk("up");
});

afterAll(() => simulated?.stop());

/** Names of the pool's machines that the cloud has. */
const there = (): string[] =>
  cloud
    .list()
    .filter(({ type, name }) => type.endsWith(machineType) && name.includes("-web-"))
    .map(({ name }) => name.replace("platform-", ""))
    .sort();

/** Counts machines of the pool all the time while something is done; gives the fewest and the most. */
async function counted(work: () => Promise<unknown>): Promise<{ fewest: number; most: number }> {
  const seen: number[] = [];
  let ended = false;
  const working = work().finally(() => {
    ended = true;
  });
  while (!ended) {
    seen.push(there().length);
    await sleep(20);
  }
  await working;
  return { fewest: Math.min(...seen), most: Math.max(...seen) };
}

test("a machine stands in while a pool is made anew, which never has fewer than it should, and goes after", async () => {
  platform.configure(settings(2));
  const { rollout } = await platform.kpaasJson<{ rollout: RolloutStage[] }>("preview");
  expect(rollout).toEqual([expect.objectContaining({ name: "web", atOnce: 1, standIns: ["web-3"] })]);
  const before = cloud.list().filter(({ name }) => web.some((one) => name.endsWith(one)));
  let said = "";
  const { fewest, most } = await counted(async () => {
    said = (await platform.kpaasOk("up")).stderr;
  });
  expect(said).toContain("web-3 stands in while web changes, and goes after");
  expect([fewest, most]).toEqual([2, 3]);
  expect(there()).toEqual(web);
  const after = new Set(cloud.list().map(({ id }) => id));
  expect(before.filter(({ type, id }) => type.endsWith(machineType) && after.has(id))).toEqual([]);
  expect(await platform.changes("up")).toEqual([]);
});

test("labels take no node away: nothing stands in", async () => {
  platform.configure(settings(2, { tier: "web" }));
  const { most } = await counted(() => platform.kpaasOk("up"));
  expect(most).toBe(2);
});

test("where the one that stands in cannot be made no other is touched, and the next run goes on and takes it away again", async () => {
  platform.configure(settings(3, { tier: "web" }));
  cloud.setFaults({ failCreate: [machineType] });
  const ids = () => new Set(cloud.list().map(({ id }) => id));
  const before = ids();
  expect((await platform.kpaas("up")).code).toBe(1);
  expect(ids()).toEqual(before);
  cloud.setFaults({});
  const { fewest } = await counted(() => platform.kpaasOk("up"));
  expect(fewest).toBe(2);
  expect(there()).toEqual(web);
  expect(await simulated.unknownToState()).toEqual([]);
});

test("a run that is killed while one stands in is ended by the next, which leaves nobody", async () => {
  platform.configure(settings(4, { tier: "web" }));
  const first = () => cloud.list().find(({ type, name }) => type.endsWith(machineType) && name.endsWith("-web-1"))?.id;
  const before = first();
  const killWhen = eventually(600, async () => expect([undefined, before]).not.toContain(first()));
  expect((await platform.kpaas("up", [], { killWhen })).code).toBeNull();
  expect(there()).toEqual([...web, "web-3"]);
  const { fewest, most } = await counted(() => platform.kpaasOk("up"));
  expect([fewest, most]).toEqual([2, 3]);
  expect(there()).toEqual(web);
  expect(await simulated.unknownToState()).toEqual([]);
  expect(await platform.changes("up")).toEqual([]);
});
