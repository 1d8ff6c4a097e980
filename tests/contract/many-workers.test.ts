import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openExisting } from "../../cli/workspace.ts";
import { eventually, TestPlatform } from "../e2e-local/platform.ts";
import { debugProviders, type SimulatedCloud, startSimulatedCloud } from "../simulated-cloud/simulated-cloud.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../simulated-machines/start.ts";

const name = "many-workers";
const settings = (workers: number) => ({
  infrastructure: { kind: "aws" },
  network: { cidr: "10.64.0.0/22", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { workerPools: [{ name: "worker", count: workers }] },
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
});

afterAll(async () => {
  machines?.stop();
  await cloud?.stop();
  platform?.removeFolder();
});

const workers = () =>
  cloud.list().filter((object) => object.type.endsWith("ec2/instance:Instance") && object.name.includes("-worker-"));
const unsaved = () => existsSync(join(platform.stateFolder, "environments", name, "unsaved"));

async function unknownToState(): Promise<string[]> {
  process.env.KPAAS_STATE_DIR = platform.stateFolder;
  const exported = await (await openExisting(name))?.exportStack();
  const resources: { id?: string }[] = exported?.deployment.resources ?? [];
  const known = new Set(resources.map(({ id }) => id));
  return cloud.list().flatMap(({ id, type }) => (known.has(id) ? [] : `${type} ${id}`));
}

async function killed(command: string, args: string[], isTime: () => boolean): Promise<string> {
  const killWhen = eventually(120, async () => expect(isTime()).toBe(true));
  const { code, stderr } = await platform.kpaas(command, args, { killWhen });
  expect(code, stderr).toBeNull();
  return stderr;
}

test("an up of 60 workers, killed as it makes them and killed again, has made each once in the end", async () => {
  platform.configure(settings(60));
  await killed("up", [], () => workers().length >= 20);
  expect(unsaved()).toBe(true);
  const left = workers().map(({ id }) => id);
  const stderr = await killed("up", [], () => workers().length > left.length);
  await platform.kpaasOk("up");
  expect(stderr).toMatch(/taken over from it: [1-9]\d+ that the cloud had made unheard/);
  expect(workers()).toHaveLength(60);
  expect(workers().map(({ id }) => id)).toEqual(expect.arrayContaining(left));
  expect(await unknownToState()).toEqual([]);
  expect(unsaved()).toBe(false);
});

test("an up that takes 55 away, killed as it does, ends with 5, and nothing is left to change", async () => {
  platform.configure(settings(5));
  await killed("up", [], () => workers().length < 50);
  expect(unsaved()).toBe(true);
  await platform.kpaasOk("up");
  expect(
    workers()
      .map((worker) => worker.name)
      .sort(),
  ).toEqual([1, 2, 3, 4, 5].map((n) => `platform-worker-${n}`));
  const { resources } = await platform.kpaasJson<{ resources: { op: string }[] }>("preview");
  expect(resources.filter(({ op }) => op !== "same" && op !== "refresh")).toEqual([]);
});

test("a destroy killed in its middle leaves nothing once it is run again", async () => {
  platform.configure(settings(60));
  await platform.kpaasOk("up");
  cloud.setFaults({ latencyMillisecondsOf: { "ec2/vpc:Vpc": 10_000 } });
  await killed("destroy", ["--yes"], () => !cloud.list().some(({ type }) => type.endsWith("ec2/subnet:Subnet")));
  cloud.setFaults({});
  expect(unsaved()).toBe(true);
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
});
