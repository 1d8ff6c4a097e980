import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "killed-replacement";
const machineType = "ec2/instance:Instance";

/** A higher generation replaces the pool's machine, and its predecessor goes first. */
const settings = (generation: number) => ({
  infrastructure: { kind: "aws" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { workerPools: [{ name: "worker", generation }] },
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

const worker = () =>
  cloud.list().find(({ type, name }) => type.endsWith(machineType) && name.endsWith("-worker-1"))?.id;

/** Gives the state's resources that are still to be deleted, or that were deleted before their successor was made. */
async function halfDone(): Promise<string[]> {
  const resources = await platform.stateResources<{ urn: string; delete?: boolean; pendingReplacement?: boolean }>();
  return resources.filter((each) => each.delete || each.pendingReplacement).map(({ urn }) => urn);
}

test("an up killed as it replaced a worker takes the new one over, though not at once, and has nothing left to replace", async () => {
  const before = worker();
  platform.configure(settings(2));
  cloud.setFaults({ answerMillisecondsOf: { [machineType]: 20_000 } });
  const killWhen = eventually(120, async () => expect([undefined, before]).not.toContain(worker()));
  expect((await platform.kpaas("up", [], { killWhen })).code).toBeNull();
  const made = worker();
  cloud.setFaults({ failReadOnce: [machineType] });
  expect((await platform.kpaas("up")).stderr).toContain("the cloud does not tell which of them are there");
  await platform.kpaasOk("up");
  expect(worker()).toBe(made);
  expect(await halfDone()).toEqual([]);
});

test("destroy leaves nothing of it", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
});
