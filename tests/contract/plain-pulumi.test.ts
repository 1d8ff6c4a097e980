import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deferredCheckpointMarker } from "../../program/deferred-checkpoint.ts";
import { type Run, run, runOk } from "../harness/platform/commands.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "plain-pulumi";

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;
let variables: string;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
  platform.configure({ infrastructure: { kind: "aws" }, network: { adminCidrs: ["203.0.113.0/24"] } });
  variables = (await platform.kpaasOk("env")).stdout;
});

afterAll(() => simulated?.stop());

/** Runs Pulumi as the README has it: in the folder of environments, in a shell with what `./kpaas env` prints. */
const pulumi = (command: string, execute: typeof run = runOk): Promise<Run> =>
  execute("bash", ["-ec", `cd ${platform.folder}/stacks\n${variables}\npulumi ${command} --stack ${name}`], {
    env: platform.environment,
  });

test("up makes with plain Pulumi what ./kpaas finds nothing to change about", async () => {
  await pulumi("stack init");
  await pulumi("up --yes");
  expect(cloud.list().filter(({ type }) => type.endsWith("ec2/instance:Instance")).length).toBeGreaterThan(4);
  expect(await platform.changes("preview")).toEqual([]);
});

test("a transform beside the environment's file is plain Pulumi's, too", async () => {
  const path = join(platform.folder, "stacks", `Pulumi.${name}.transform.ts`);
  const type = "aws:ec2/placementGroup:PlacementGroup";
  writeFileSync(path, `export default { "${type}": (args) => ({ ...args, spreadLevel: "rack" }) };`);
  expect((await pulumi("preview")).stdout).toContain(`changed by transform: 2 resources (${type})`);
  writeFileSync(path, `export default { "${type}": () => undefined };`);
  const { stdout, code } = await pulumi("preview", run);
  expect(stdout).toMatch(
    /transform\.ts: the transform of .* returned undefined, .* for (haproxy|master)-placement-group/,
  );
  expect(stdout).not.toMatch(/unhandled|\n\s+at /);
  expect(code).not.toBe(0);
  rmSync(path);
});

test("preview and refresh of plain Pulumi find nothing to change either, and see what was removed by hand", async () => {
  await pulumi("refresh --yes --expect-no-changes");
  const worker = cloud.list().find((object) => object.name.endsWith("-worker-1"));
  cloud.remove(String(worker?.id));
  expect((await pulumi("preview --refresh --expect-no-changes", run)).code).not.toBe(0);
  await platform.kpaasOk("up");
  await pulumi("preview --expect-no-changes");
});

test("plain Pulumi leaves to ./kpaas what a killed run of many workers has not saved", async () => {
  const marker = deferredCheckpointMarker(join(platform.stateFolder, "environments", name));
  writeFileSync(marker, "");
  const { code, stdout } = await pulumi("preview", run);
  expect(stdout).toContain(`next: ./kpaas up ${name} `);
  expect(stdout).not.toMatch(/unhandled|\n\s+at /);
  expect(code).not.toBe(0);
  await platform.kpaasOk("up");
  await pulumi("preview --expect-no-changes");
});

test("destroy of plain Pulumi keeps disks with data until they are unprotected, then leaves nothing", async () => {
  expect((await pulumi("destroy --yes", run)).stdout).toContain("cannot be deleted");
  await pulumi("state unprotect --all --yes");
  await pulumi("destroy --yes");
  expect(cloud.list()).toEqual([]);
});
