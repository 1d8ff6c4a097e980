import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lockFolder, stackStateFile } from "../engine/state.ts";
import { readDrift } from "./read-drift.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-drift-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const unsettled = { status: "unknown", reason: expect.stringContaining("under way or was interrupted") };

test("while a run holds the state nothing is compared", async () => {
  mkdirSync(lockFolder("dev"), { recursive: true });
  writeFileSync(join(lockFolder("dev"), "a.json"), "{}");
  expect(await readDrift("dev", [])).toEqual(unsettled);
});

test("after an interrupted run nothing is compared, and nothing is recovered", async () => {
  const path = stackStateFile("dev");
  mkdirSync(dirname(path), { recursive: true });
  const state = JSON.stringify({ checkpoint: { latest: { pending_operations: [{ type: "creating" }] } } });
  writeFileSync(path, state);
  expect(await readDrift("dev", [])).toEqual(unsettled);
});

test("an environment without a state has no known drift", async () => {
  expect(await readDrift("dev", [])).toEqual({ status: "unknown", reason: "it is not up" });
});
