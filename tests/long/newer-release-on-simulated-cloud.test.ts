import { appendFileSync, cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../lib/repository.ts";
import { run } from "../harness/platform/commands.ts";
import type { Change, TestPlatform } from "../harness/platform/test-platform.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

let simulated: SimulatedPlatform;
let platform: TestPlatform;
let release: string;

beforeAll(async () => {
  simulated = await startSimulatedPlatform("newer-release", { name: "openstack" });
  ({ platform } = simulated);
  platform.configure({
    infrastructure: { kind: "openstack" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "web", count: 3 }] },
  });
  await platform.kpaasOk("up");
  release = newerRelease(join(platform.folder, "release"));
});

afterAll(() => simulated?.stop());

/** Makes a copy of the installer in which every script of first boot has one line more. */
function newerRelease(folder: string): string {
  const left = ["node_modules", ".git"];
  mkdirSync(folder);
  for (const entry of readdirSync(repository).filter((name) => !left.includes(name)))
    cpSync(join(repository, entry), join(folder, basename(entry)), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  const scripts = join(folder, "components/first-boot/scripts");
  for (const script of readdirSync(scripts)) appendFileSync(join(scripts, script), "\n# One line more.\n");
  return folder;
}

async function changes(command: "preview" | "up"): Promise<Change[]> {
  const args = [command, platform.name, "--json"];
  const { code, stdout, stderr } = await run(join(release, "kpaas"), args, { env: platform.environment });
  if (code !== 0) throw new Error(stderr);
  const { resources } = JSON.parse(stdout) as { resources: Change[] };
  return resources.filter(({ op }) => op !== "same" && op !== "refresh");
}

test("a newer release delivers its scripts to machines as they are, and replaces none", async () => {
  const told = await changes("preview");
  expect(told.map(({ op }) => op)).toEqual(Array(told.length).fill("update"));
  const names = told.map(({ name }) => name);
  // A worker's node delivers its files.
  const delivered = ["bastion", "haproxy-1", "registry", "database", "storage", "master-1", "master-2", "master-3"];
  expect(names).toEqual(expect.arrayContaining(delivered.map((machine) => `platform-${machine}-files`)));
  expect(names).toEqual(expect.arrayContaining(["platform-web-1-node", "platform-web-2-node", "platform-web-3-node"]));
  const made = await changes("up");
  expect(made.map(({ op }) => op)).toEqual(Array(made.length).fill("update"));
  expect(await changes("preview")).toEqual([]);
});
