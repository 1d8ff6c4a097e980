import { afterAll, beforeAll, expect, test } from "vitest";
import { machinesThrough } from "../../operations/living-platform.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import type { Change, TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "told-rollout";

interface Edit {
  pool?: { labels?: Record<string, string>; generation?: number };
  network?: object;
  image?: string;
}

const images = { present: "ami-0123456789abcdef0", newer: "ami-0fedcba9876543210" };

const settings = ({ pool = {}, network = {}, image = images.present }: Edit = {}) => ({
  infrastructure: { kind: "aws", image },
  network: { adminCidrs: ["203.0.113.0/24"], ...network },
  containerPlatform: { workerPools: [{ name: "web", count: 3, ...pool }] },
});

interface Edited {
  rollout: RolloutStage[];
}

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
  platform.configure(settings());
  await platform.kpaasOk("up");
});

afterAll(() => simulated?.stop());

async function previewed(): Promise<RolloutStage[]> {
  return (await platform.kpaasJson<{ rollout: RolloutStage[] }>("preview")).rollout;
}

/** Names of the machines that a run has made anew. */
const replaced = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ op, type }) => op === "replace" && type.endsWith(machineType))
    .map(({ name }) => name.replace("platform-", ""))
    .sort();

const web = ["web-1", "web-2", "web-3"];
const machineType = "ec2/instance:Instance";

/** Names of the pool's machines that the cloud has. */
const there = (): string[] =>
  cloud
    .list()
    .filter(({ type, name }) => type.endsWith(machineType) && name.includes("-web-"))
    .map(({ name }) => name.replace("platform-", ""))
    .sort();

test("a preview of an unchanged platform tells no rollout", async () => {
  expect(await previewed()).toEqual([]);
});

test("a preview tells labels as a change in place, and up replaces nothing", async () => {
  platform.configure(settings({ pool: { labels: { tier: "web" } } }));
  expect(await previewed()).toEqual([
    expect.objectContaining({ name: "web", changes: [{ kind: "changed", machines: web, because: [] }] }),
  ]);
  expect(replaced(await platform.changes("up"))).toEqual([]);
});

test("another image alone is told to change nothing, and changes nothing", async () => {
  platform.configure(settings({ image: images.newer, pool: { labels: { tier: "web" } } }));
  expect(await previewed()).toEqual([]);
  expect(replaced(await platform.changes("up"))).toEqual([]);
});

test("what a preview tells to be replaced, up replaces, and nothing else", async () => {
  platform.configure(settings({ image: images.newer, pool: { labels: { tier: "web" }, generation: 2 } }));
  const [stage, ...others] = await previewed();
  expect(others).toEqual([]);
  expect(stage).toMatchObject({
    name: "web",
    first: "web-1",
    atOnce: 1,
    changes: [{ kind: "replaced", machines: web }],
  });
  expect(replaced(await platform.changes("up"))).toEqual(web);
});

test("a first worker that cannot be made anew stops the run, and the next one, too: no other is touched", async () => {
  platform.configure(settings({ pool: { labels: { tier: "web" }, generation: 3 } }));
  cloud.setFaults({ failCreate: [machineType] });
  for (const time of ["first", "second"]) {
    expect((await platform.kpaas("up")).code, `the ${time} up`).toBe(1);
    expect(there()).toEqual(["web-2", "web-3"]);
  }
  // The provider is told that it is no new machine, although the state has none of its resources any more.
  expect(machinesThrough({ resources: await platform.stateResources() })).toEqual(expect.arrayContaining(web));
  cloud.setFaults({});
  expect((await previewed()).flatMap(({ changes }) => changes.flatMap(({ machines }) => machines))).toEqual(
    expect.arrayContaining(["web-2", "web-3"]),
  );
  await platform.kpaasOk("up");
  expect(there()).toEqual(web);
});

test("up and preview refuse what the platform cannot take, before the engine begins", async () => {
  platform.configure(settings({ network: { podCidr: "10.64.0.0/16" } }));
  for (const command of ["up", "preview"]) {
    const { code, stderr } = await platform.kpaas(command);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: told-rollout is up and cannot take a change of its file:\n {2}network\.podCidr: /);
    expect(stderr).not.toContain("bringing");
  }
});

test("an upgrade of the images replaces what it told, and the file keeps the rest", async () => {
  platform.configure(settings({ pool: { labels: { tier: "web" }, generation: 3 } }));
  const { edit } = await platform.kpaasJson<{ edit: Edited }>("upgrade", ["--images", "--plan"]);
  const told = edit.rollout.flatMap(({ changes }) => changes.flatMap(({ machines }) => machines));
  const { stderr } = await platform.kpaasOk("upgrade", ["--images"]);
  expect(stderr).toMatch(/^wrote .*Pulumi\.told-rollout\.yaml$/m);
  expect(told.sort()).toEqual(["bastion", "database", "haproxy-1", "master-1", "registry", "storage", ...web]);
  expect(await previewed()).toEqual([]);
  const { images: shown } = await platform.kpaasJson<{ images: { name: string; state: string }[] }>("status");
  expect(shown.map(({ name }) => name).sort()).toEqual([
    "bastion",
    "database",
    "haproxy-1",
    "master-1",
    "registry",
    "storage",
    "web",
  ]);
});
