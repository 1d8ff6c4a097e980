import "../../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import { deferredCheckpointMarker } from "../../program/deferred-checkpoint.ts";
import { missedCheckpoint, plannedWorkers, workerChange } from "./deferred-checkpoints.ts";
import { environmentFolder, stackStateFile } from "./state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-checkpoints-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  vi.stubEnv("KPAAS_PLAIN_ENGINE", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const environment = (kind: string, workers: number) =>
  parseEnvironment("big", {
    infrastructure: { kind },
    network: {
      cidr: "10.64.0.0/20",
      podCidr: "10.128.0.0/14",
      ...(kind === "local" ? {} : { adminCidrs: ["203.0.113.0/24"] }),
    },
    containerPlatform: { workerPools: [{ name: "worker", count: workers }] },
  });
const change = (kind: string, workers: number) => {
  const wanted = environment(kind, workers);
  return workerChange(wanted, plannedWorkers(wanted));
};

function saveState(counts: Record<string, number>): void {
  const resources = Object.entries(counts).flatMap(([type, count]) =>
    Array.from({ length: count }, (_, index) => ({
      type,
      urn: `urn:pulumi:big::kpaas::kpaas:index:ContainerPlatform$kpaas:index:WorkerPool$${type}::platform-worker-${index + 1}`,
    })),
  );
  const master =
    "urn:pulumi:big::kpaas::kpaas:index:ContainerPlatform$kpaas:index:MasterNodes$kpaas:index:Node::platform-master-1";
  const file = stackStateFile("big");
  mkdirSync(dirname(file), { recursive: true });
  const all = [...resources, { type: "kpaas:index:Node", urn: master }];
  writeFileSync(file, JSON.stringify({ checkpoint: { latest: { resources: all } } }));
}

test("50 workers from nothing are many, 49 are not", () => {
  expect(change("aws", 50)).toEqual({ present: 0, isBulk: true });
  expect(change("aws", 49)).toEqual({ present: 0, isBulk: false });
});

test("what counts is how many come or go", () => {
  saveState({ "aws:ec2/instance:Instance": 100, "kpaas:index:Node": 100 });
  expect(change("aws", 101)).toEqual({ present: 100, isBulk: false });
  expect(change("aws", 150).isBulk).toBe(true);
  expect(change("aws", 50).isBulk).toBe(true);
  expect(workerChange(environment("aws", 100), 0).isBulk).toBe(true);
});

test("workers of a killed run count by their machines, too, though they have no nodes", () => {
  saveState({ "aws:ec2/instance:Instance": 30 });
  expect(change("aws", 100)).toEqual({ present: 30, isBulk: true });
});

test("the plain engine saves every step", () => {
  vi.stubEnv("KPAAS_PLAIN_ENGINE", "1");
  expect(change("aws", 100)).toEqual({ present: 0, isBulk: false });
});

test("on this machine, and in a state that others share, every step is saved", () => {
  expect(change("local", 60).isBulk).toBe(false);
  vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
  expect(change("aws", 100).isBulk).toBe(false);
});

test("a marker that is empty, as earlier releases left it, tells of a run without machines that stand in", () => {
  expect(missedCheckpoint("big")).toBeUndefined();
  mkdirSync(environmentFolder("big"), { recursive: true });
  writeFileSync(deferredCheckpointMarker(environmentFolder("big")), "");
  expect(missedCheckpoint("big")).toEqual({ surging: [] });
});
