import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import { replacementsIn } from "../harness/simulated-cloud/replacements.ts";
import type { Call, SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "many-replaced";
const machineType = "aws:ec2/instance:Instance";
const [count, maxUnavailable, maxSurge] = [60, 2, 6];
/** Workers that may be away at once where none stand in. */
const atOnce = 9;
const names = Array.from({ length: count }, (_, index) => `platform-worker-${index + 1}`);

const settings = (generation: number, rollout: object = { maxUnavailable, maxSurge }) => ({
  infrastructure: { kind: "aws" },
  network: { cidr: "10.64.0.0/22", podCidr: "10.128.0.0/16", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { workerPools: [{ name: "worker", count, generation, rollout }] },
});

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws", nodeMilliseconds: 100 });
  ({ cloud, platform } = simulated);
  platform.configure(settings(1));
  await platform.kpaasOk("up");
});

afterAll(() => simulated?.stop());

const there = (): string[] =>
  cloud
    .list()
    .flatMap((object) => (object.type.endsWith("Instance") && /-worker-/.test(object.name) ? [object.name] : []));

const ofWorkers = (since: number): Call[] =>
  cloud
    .calls()
    .slice(since)
    .filter((call) => call.answer === "ok" && names.includes(call.name.replace(/-node$/, "")));

function expectEachOnce(since: number): void {
  const times = (operation: Call["operation"], type: string) => {
    const done = ofWorkers(since).filter((call) => call.operation === operation && call.type === type);
    return names.map((worker) => done.filter((call) => call.name.replace(/-node$/, "") === worker).length);
  };
  const once = names.map(() => 1);
  expect(times("delete", "kpaas:index:Node"), "nodes that left").toEqual(once);
  expect(times("delete", machineType), "machines that went").toEqual(once);
  expect(times("create", machineType), "machines that came").toEqual(once);
}

test("60 workers that others stand in for, killed twice as they are made anew, are each made anew once", async () => {
  platform.configure(settings(2));
  const before = cloud.calls().length;
  const replaced = () => replacementsIn(ofWorkers(before), machineType).replaced.length;
  const killed = async (afterCalls: number, afterWorkers: number) => {
    cloud.setFaults({ stallAfter: { Instance: afterCalls } });
    const killWhen = eventually(600, async () => expect(replaced()).toBeGreaterThanOrEqual(afterWorkers));
    const { code, stderr } = await platform.kpaas("up", [], { killWhen });
    cloud.setFaults({});
    expect(code, stderr).toBeNull();
    const marker = readFileSync(join(platform.stateFolder, "environments", name, "unsaved"), "utf8");
    expect(JSON.parse(marker)).toEqual({ surging: ["worker"] });
    return replaced();
  };
  const first = await killed(maxSurge + 40, 12);
  // The cloud counts anew where the number is another.
  expect(await killed(maxSurge + 30, first + 8)).toBeLessThan(count);
  expect(there()).toEqual(expect.arrayContaining(["platform-worker-61"]));
  await platform.kpaasOk("up");
  expectEachOnce(before);
  expect(Math.max(...replacementsIn(ofWorkers(before), machineType).underWay)).toBeLessThanOrEqual(
    maxUnavailable + maxSurge,
  );
  expect(there().sort()).toEqual([...names].sort());
  expect(await simulated.unknownToState()).toEqual([]);
  expect(await platform.changes("up")).toEqual([]);
});

test("60 workers, killed as they are made anew, are each made anew once in the end, and no more away than allowed", async () => {
  platform.configure(settings(3, { maxUnavailable: atOnce }));
  const before = cloud.calls().length;
  const course = () => replacementsIn(ofWorkers(before), machineType);
  cloud.setFaults({ stallAfter: { Instance: 50 } });
  const killWhen = eventually(600, async () => expect(course().replaced.length).toBeGreaterThanOrEqual(15));
  const { code, stderr } = await platform.kpaas("up", [], { killWhen });
  cloud.setFaults({});
  expect(code, stderr).toBeNull();
  expect(course().replaced.length).toBeLessThan(30);
  const next = await platform.kpaasOk("up");
  expect(next.stderr).toMatch(/taken over from it: [1-9]\d+ that the cloud had made unheard/);
  expectEachOnce(before);
  expect(Math.max(...course().underWay)).toBeLessThanOrEqual(atOnce);
  expect(await simulated.unknownToState()).toEqual([]);
  expect(await platform.changes("preview")).toEqual([]);
});
