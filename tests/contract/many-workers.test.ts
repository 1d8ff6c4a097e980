import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "many-workers";
const machineType = "ec2/instance:Instance";
const settings = (workers: number) => ({
  infrastructure: { kind: "aws" },
  network: { cidr: "10.64.0.0/22", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { workerPools: [{ name: "worker", count: workers }] },
});

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
});

afterAll(() => simulated?.stop());

const workers = () =>
  cloud.list().filter((object) => object.type.endsWith(machineType) && object.name.includes("-worker-"));
const unsaved = () => existsSync(join(platform.stateFolder, "environments", name, "unsaved"));

/** Kills the command when it is time; the cloud makes sure that the command does not get past that point. */
async function killed(
  command: string,
  args: string[],
  stallAfter: Record<string, number>,
  isTime: () => boolean,
): Promise<string> {
  cloud.setFaults({ stallAfter });
  const killWhen = eventually(120, async () => expect(isTime()).toBe(true));
  const { code, stderr } = await platform.kpaas(command, args, { killWhen });
  cloud.setFaults({});
  expect(code, stderr).toBeNull();
  return stderr;
}

test("an up of 60 workers, killed as it makes them and killed again, has made each once in the end", async () => {
  platform.configure(settings(60));
  await killed("up", [], { [machineType]: 30 }, () => workers().length >= 20);
  expect(unsaved()).toBe(true);
  const left = workers().map(({ id }) => id);
  // An engine that is killed while it writes them leaves them so.
  writeFileSync(join(platform.stateFolder, ".pulumi", "stacks", "kpaas", `${name}.json.attrs`), "");
  const stderr = await killed("up", [], { [machineType]: 10 }, () => workers().length > left.length);
  await platform.kpaasOk("up");
  expect(stderr).toMatch(/taken over from it: [1-9]\d+ that the cloud had made unheard/);
  expect(workers()).toHaveLength(60);
  expect(workers().map(({ id }) => id)).toEqual(expect.arrayContaining(left));
  expect(await simulated.unknownToState()).toEqual([]);
  expect(unsaved()).toBe(false);
});

test("an up that takes 55 away, killed as it does, ends with 5, and nothing is left to change", async () => {
  platform.configure(settings(5));
  await killed("up", [], { [machineType]: 20 }, () => workers().length < 50);
  expect(unsaved()).toBe(true);
  await platform.kpaasOk("up");
  expect(
    workers()
      .map((worker) => worker.name)
      .sort(),
  ).toEqual([1, 2, 3, 4, 5].map((n) => `platform-worker-${n}`));
  expect(await platform.changes("preview")).toEqual([]);
});

test("a destroy killed in its middle leaves nothing once it is run again", async () => {
  platform.configure(settings(60));
  await platform.kpaasOk("up");
  const hasSubnet = () => cloud.list().some(({ type }) => type.endsWith("ec2/subnet:Subnet"));
  await killed("destroy", ["--yes"], { "ec2/vpc:Vpc": 0 }, () => !hasSubnet());
  expect(unsaved()).toBe(true);
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
});
