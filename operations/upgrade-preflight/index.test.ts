import "../../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { onRecord } from "../../config/on-record.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { stackStateFile } from "../engine/state.ts";
import { drainedPools, upgradePreflight, upgradePreflightWarnings, versionStep } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-state-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const loaded = (kubernetesVersion: string) => {
  const settings = { infrastructure: { kind: "local" }, containerPlatform: { kubernetesVersion } };
  return { name: "dev", path: "", file: {}, environment: parseEnvironment("dev", settings) };
};

/** Writes a state that has the record of a platform of this version. */
function platformOf(kubernetesVersion: string): void {
  const { environment } = loaded(kubernetesVersion);
  const type = "kpaas:index:PlatformRecord";
  const resources = [{ urn: `urn:pulumi:dev::kpaas::${type}::platform`, type, inputs: onRecord(environment) }];
  mkdirSync(dirname(stackStateFile("dev")), { recursive: true });
  writeFileSync(stackStateFile("dev"), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

test.each([upgradePreflight.own, upgradePreflightWarnings.own])(
  "no cluster is asked where there is none, or its version stays: %o",
  async (step) => {
    await expect(step.run({ loaded: loaded("1.36.3") })).resolves.toBeUndefined();
    platformOf("1.36.3");
    await expect(step.run({ loaded: loaded("1.36.3") })).resolves.toBeUndefined();
  },
);

test.each([upgradePreflight.own, upgradePreflightWarnings.own])(
  "the outputs of a platform of another version are asked for: %o",
  async (step) => {
    platformOf("1.35.4");
    // There is a state, and no folder of the engine's beside it.
    await expect(step.run({ loaded: loaded("1.36.3") })).rejects.toThrow("dev is not up");
  },
);

const pools = (kubernetesVersion: string, web?: string) =>
  parseEnvironment("dev", {
    infrastructure: { kind: "local" },
    containerPlatform: { kubernetesVersion, workerPools: [{ name: "web", kubernetesVersion: web }, { name: "batch" }] },
  });

test("the control plane's version, or that of pools that waited behind it, makes a step", () => {
  const [old, paused, through] = [pools("1.35.4"), pools("1.36.3", "1.35.4"), pools("1.36.3")];
  expect(versionStep(paused, onRecord(old))).toEqual({ from: "1.35.4", to: "1.36.3", controlPlaneStays: false });
  expect(versionStep(paused, onRecord(paused))).toBeUndefined();
  expect(versionStep(through, onRecord(paused))).toEqual({ from: "1.35.4", to: "1.36.3", controlPlaneStays: true });
  // A pool that is not there yet has no version to come from.
  const { web: _, ...machines } = onRecord(paused).machines;
  expect(versionStep(through, { ...onRecord(paused), machines })).toBeUndefined();
});

test("those pools are drained whose minor changes", () => {
  const [old, paused, through] = [pools("1.35.4"), pools("1.36.3", "1.35.4"), pools("1.36.3")];
  const drained = (after: typeof old, before: typeof old) =>
    drainedPools(after, planMachines(after), onRecord(before)).map(({ name, nodes }) => [name, nodes]);
  expect(drained(paused, old)).toEqual([["batch", ["dev-batch-1"]]]);
  expect(drained(through, paused)).toEqual([["web", ["dev-web-1"]]]);
  expect(drained(pools("1.36.1"), pools("1.36.3"))).toEqual([]);
});
