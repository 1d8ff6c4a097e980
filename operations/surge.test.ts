import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EngineEvent, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onRecord } from "../config/on-record.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { missedCheckpoint } from "./engine/deferred-checkpoints.ts";
import type { EngineRun } from "./engine/operation.ts";
import { environmentFolder, stackStateFile } from "./engine/state.ts";
import { surge } from "./surge.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-surge-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const environmentWith = (maxSurge: number) =>
  exampleEnvironment({
    containerPlatform: { workerPools: [{ name: "web", count: 2, rollout: { maxSurge } }, { name: "batch" }] },
  });

/** Writes a state that has the platform's record. */
function bringUp(): void {
  const type = "kpaas:index:PlatformRecord";
  const resources = [{ urn: `urn:pulumi:test::kpaas::${type}::platform`, type, inputs: onRecord(environmentWith(1)) }];
  mkdirSync(dirname(stackStateFile("test")), { recursive: true });
  writeFileSync(stackStateFile("test"), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

const type = "kpaas:index:Node";
const changed = (op: string, machine: string, diffs: string[], inputs: [object, object] = [{}, {}]): EngineEvent =>
  ({
    resOutputsEvent: {
      planning: true,
      metadata: {
        op,
        type,
        urn: `urn:pulumi:test::kpaas::${type}::platform-${machine}-node`,
        diffs,
        old: { inputs: { nodeName: `test-${machine}`, ...inputs[0] }, custom: true },
        new: { inputs: { nodeName: `test-${machine}`, ...inputs[1] }, custom: true },
      },
    },
  }) as unknown as EngineEvent;

/** Runs the step with an engine that would make these changes; gives what was done with it, and what was told. */
async function run(events: EngineEvent[], maxSurge = 1, changesMany = false) {
  const usual: PulumiFn = async () => ({});
  const workspace: { program: PulumiFn; envVars: Record<string, string> } = { program: usual, envVars: {} };
  const done: string[] = [];
  const told: EngineEvent[] = [];
  const options = { onEvent: (event: EngineEvent) => void told.push(event) };
  const environment = environmentWith(maxSurge);
  const engine = {
    loaded: { name: "test", path: "", file: {}, environment },
    options,
    changesMany,
    programOptions: { ...options, refresh: true, policyPacks: [] },
    stack: {
      workspace,
      async preview({ onEvent }: typeof options) {
        done.push(workspace.program === usual ? "preview" : "preview of another program");
        for (const event of events) onEvent(event);
      },
      async up() {
        done.push(workspace.program === usual ? "up" : "up of a larger pool");
        if (workspace.envVars.PULUMI_SKIP_CHECKPOINTS)
          done.push(`unsaved: ${JSON.stringify(missedCheckpoint("test"))}`);
      },
    },
  } as unknown as EngineRun;
  if (surge.when?.(engine) ?? true) await surge.run(engine);
  expect(workspace.program).toBe(usual);
  return { done, told };
}

test("where a pool's nodes are replaced the platform is made with the pool larger, and the file's program is put back", async () => {
  bringUp();
  expect((await run([changed("replace", "web-1", ["machineId"])])).done).toEqual(["preview", "up of a larger pool"]);
});

test("where many workers change their run is saved at its end, and what stands in is known to who settles it", async () => {
  bringUp();
  mkdirSync(environmentFolder("test"), { recursive: true });
  const { done } = await run([changed("replace", "web-1", ["machineId"])], 1, true);
  expect(done).toEqual(["preview", "up of a larger pool", 'unsaved: {"surging":["web"]}']);
  expect(missedCheckpoint("test")).toBeUndefined();
});

test("another minor of the kubelet drains a node, a patch and labels do not", async () => {
  bringUp();
  const upgraded = (from: string, to: string) =>
    run([changed("update", "web-1", ["kubernetesVersion"], [{ kubernetesVersion: from }, { kubernetesVersion: to }])]);
  expect((await upgraded("1.36.3", "1.37.2")).done).toEqual(["preview", "up of a larger pool"]);
  expect((await upgraded("1.36.1", "1.36.3")).done).toEqual(["preview"]);
  expect((await run([changed("update", "web-1", ["labels"])])).done).toEqual(["preview"]);
});

test("pools that want nobody to stand in get nobody, and without any the engine is not asked", async () => {
  bringUp();
  expect((await run([changed("replace", "batch-1", ["machineId"])])).done).toEqual(["preview"]);
  expect((await run([changed("replace", "web-1", ["machineId"])], 0)).done).toEqual([]);
});

test("a platform that is not there yet is made at once", async () => {
  expect((await run([changed("create", "web-1", [])])).done).toEqual([]);
});

test("of what the engine says meanwhile errors only are passed on", async () => {
  bringUp();
  const said = (severity: string): EngineEvent =>
    ({ diagnosticEvent: { severity, message: severity } }) as unknown as EngineEvent;
  const { told } = await run([said("info"), said("error"), changed("replace", "web-1", [])]);
  expect(told).toEqual([said("error")]);
});
