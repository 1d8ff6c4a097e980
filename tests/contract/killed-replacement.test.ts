import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openExisting } from "../../cli/workspace.ts";
import { eventually, TestPlatform } from "../e2e-local/platform.ts";
import { debugProviders, type SimulatedCloud, startSimulatedCloud } from "../simulated-cloud/simulated-cloud.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../simulated-machines/start.ts";

const name = "killed-replacement";
const machineType = "ec2/instance:Instance";

/** Another image replaces every machine that keeps no state, and its predecessor goes first. */
const settings = (image: string) => ({
  infrastructure: { kind: "aws", image },
  network: { adminCidrs: ["203.0.113.0/24"] },
});

let cloud: SimulatedCloud;
let machines: SimulatedMachines;
let platform: TestPlatform;

beforeAll(async () => {
  platform = new TestPlatform(name);
  [cloud, machines] = await Promise.all([
    startSimulatedCloud({ name: "aws", storeFolder: join(platform.folder, "cloud") }),
    startSimulatedMachines(),
  ]);
  const { PULUMI_DEBUG_PROVIDERS } = machines.environment;
  platform.addEnvironment({ PULUMI_DEBUG_PROVIDERS: `${PULUMI_DEBUG_PROVIDERS},${debugProviders(cloud)}` });
  platform.configure(settings("ami-0123456789abcdef0"));
  await platform.kpaasOk("up");
});

afterAll(async () => {
  machines?.stop();
  await cloud?.stop();
  platform?.removeFolder();
});

const worker = () =>
  cloud.list().find(({ type, name }) => type.endsWith(machineType) && name.endsWith("-worker-1"))?.id;

/** Of what is in the state: what is still to go, and what went before its successor was there. */
async function halfDone(): Promise<string[]> {
  process.env.KPAAS_STATE_DIR = platform.stateFolder;
  const exported = await (await openExisting(name))?.exportStack();
  const resources: { urn: string; delete?: boolean; pendingReplacement?: boolean }[] =
    exported?.deployment.resources ?? [];
  return resources.filter((each) => each.delete || each.pendingReplacement).map(({ urn }) => urn);
}

test("an up killed as it replaced a worker takes the new one over, though not at once, and has nothing left to replace", async () => {
  const before = worker();
  platform.configure(settings("ami-0fedcba9876543210"));
  cloud.setFaults({ answerMillisecondsOf: { [machineType]: 60_000 } });
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
