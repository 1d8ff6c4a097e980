import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
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

/** Sets the policies in the environment's file, where plain Pulumi keeps a salt of its own. */
function enforce(policies: object): void {
  const path = join(platform.folder, "stacks", `Pulumi.${name}.yaml`);
  const file = parse(readFileSync(path, "utf8"));
  file.config["kpaas:environment"].policies = policies;
  writeFileSync(path, stringify(file));
}

test("up makes with plain Pulumi what ./kpaas finds nothing to change about", async () => {
  await pulumi("stack init");
  await pulumi("up --yes");
  expect(cloud.list().filter(({ type }) => type.endsWith("ec2/instance:Instance")).length).toBeGreaterThan(4);
  expect(await platform.changes("preview")).toEqual([]);
});

test("plain Pulumi keeps the policies without a pack, over the platform and over each resource, and tells what is relaxed", async () => {
  const before = JSON.stringify(cloud.list());
  enforce({ quota: { machines: 1 } });
  const broken = await pulumi("preview", run);
  expect(broken.stdout).toContain("mandatory policies are broken, so nothing is made:");
  expect(broken.stdout).toContain("policy quota-is-kept: policies.quota.machines:");
  expect(broken.stdout).not.toMatch(/unhandled|\n\s+at /);
  expect(broken.code).not.toBe(0);
  const decided = { reason: "a test of what is relaxed", by: "the tests", date: "2026-11-30" };
  enforce({ quota: { machines: 1 }, rules: { "quota-is-kept": { level: "advisory", ...decided } } });
  const relaxed = await pulumi("preview");
  expect(relaxed.stdout).toMatch(/policies: 1 of \d+ is relaxed/);
  expect(relaxed.stdout).toContain(
    "quota-is-kept is advisory, not mandatory: a test of what is relaxed (the tests, 2026-11-30,",
  );
  enforce({});
  const path = join(platform.folder, "stacks", `Pulumi.${name}.transform.ts`);
  const toTheWorld = 'args.fromPort === 22 && args.cidrIpv4 ? { ...args, cidrIpv4: "0.0.0.0/0" } : args';
  writeFileSync(
    path,
    `export default { "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (args) => ${toTheWorld} };`,
  );
  const { code, stdout } = await pulumi("up --yes", run);
  rmSync(path);
  expect(stdout).toContain("policy cloud-firewall-is-not-world-open:");
  expect(code).not.toBe(0);
  expect(JSON.stringify(cloud.list())).toBe(before);
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
