import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EngineRun } from "./engine/operation.ts";
import type { Outcome } from "./engine/progress.ts";
import { stackStateFile } from "./engine/state.ts";
import { changeManyWorkers } from "./many-workers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-many-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  vi.stubEnv("KPAAS_PLAIN_ENGINE", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const platform = "urn:pulumi:big::kpaas::kpaas:index:ContainerPlatform$";
const [machineType, nodeType, pinType] = ["aws:ec2/instance:Instance", "kpaas:index:Node", "kpaas:index:Pinned"];
const urnOf = (type: string, name: string, parent = "kpaas:index:WorkerPool") =>
  `${platform}${parent}$${type}::platform-${name}`;
const pin = { type: pinType, urn: urnOf(pinType, "worker-image") };
const master = { type: nodeType, urn: urnOf(nodeType, "master-1-node", "kpaas:index:MasterNodes") };
const workers = (count: number) =>
  Array.from({ length: count }, (_, index) => [
    { type: machineType, urn: urnOf(machineType, `worker-${index + 1}`) },
    { type: nodeType, urn: urnOf(nodeType, `worker-${index + 1}-node`) },
  ]).flat();

const outcome = (op: string, { type, urn }: { type: string; urn: string }) => ({ op, type, urn }) as Outcome;
/** Outcomes of a preview in which so many workers are made anew, each told three times. */
const replaced = (count: number) =>
  workers(count).flatMap((each) => ["replace", "create-replacement", "delete-replaced"].map((op) => outcome(op, each)));

/** Runs the step on a platform of 100 workers with the outcomes of a preview; gives what the engine was asked, and what the step decided. */
async function run(previewed: Outcome[], { present = 100, isBulk = false, packages = false } = {}) {
  const file = stackStateFile("big");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ checkpoint: { latest: { resources: [pin, master, ...workers(100)] } } }));
  const asked: { exclude?: string[] }[] = [];
  const engine = {
    loaded: { name: "big" },
    programOptions: { refresh: true },
    workers: () => ({ present, isBulk }),
    packages: packages ? { asOf: "2026-11-30T00:00:00Z", reboot: "never" } : undefined,
    previewed,
    stack: { up: async (options: object) => void asked.push(options) },
  } as unknown as EngineRun;
  if (changeManyWorkers.when?.(engine)) await changeManyWorkers.run(engine);
  return { asked, changesMany: engine.changesMany ?? false };
}

const notApart = { asked: [], changesMany: false };

test("where 50 workers change all but workers is made first, pins with it, and the rest is saved at its end", async () => {
  const { asked, changesMany } = await run([outcome("update", pin), outcome("update", master), ...replaced(50)]);
  expect(asked).toEqual([{ refresh: true, exclude: workers(100).map(({ urn }) => urn) }]);
  expect(changesMany).toBe(true);
});

test("changes in place count as well, and each worker once", async () => {
  const updated = workers(50).filter(({ type }) => type === nodeType);
  expect((await run(updated.map((each) => outcome("update", each)))).changesMany).toBe(true);
  expect(await run(replaced(49))).toEqual(notApart);
});

test("workers that stay as they are do not count", async () => {
  expect(await run(workers(100).flatMap((each) => ["refresh", "same"].map((op) => outcome(op, each))))).toEqual(
    notApart,
  );
});

test.each(["replace", "delete"])(
  "each step is saved where anything else has %s: workers may hang on it",
  async (op) => {
    expect(await run([outcome(op, master), ...replaced(50)])).toEqual(notApart);
  },
);

test("each step is saved of security updates, and where fewer than 50 workers are there, or are to be", async () => {
  expect(await run(replaced(50), { packages: true })).toEqual(notApart);
  expect(await run(replaced(50), { present: 49 })).toEqual(notApart);
  expect(await run(replaced(50), { isBulk: true })).toEqual(notApart);
});
