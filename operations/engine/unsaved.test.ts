import "../../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import { stackStateFile } from "./state.ts";
import { plannedWorkers, workerCrowd } from "./unsaved.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-unsaved-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
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
const crowd = (kind: string, workers: number) => {
  const wanted = environment(kind, workers);
  return workerCrowd(wanted, plannedWorkers(wanted));
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
  expect(crowd("aws", 50)).toEqual({ there: 0, isMany: true });
  expect(crowd("aws", 49)).toEqual({ there: 0, isMany: false });
});

test("what counts is how many come or go", () => {
  saveState({ "aws:ec2/instance:Instance": 100, "kpaas:index:Node": 100 });
  expect(crowd("aws", 101)).toEqual({ there: 100, isMany: false });
  expect(crowd("aws", 150).isMany).toBe(true);
  expect(crowd("aws", 50).isMany).toBe(true);
  expect(workerCrowd(environment("aws", 100), 0).isMany).toBe(true);
});

test("workers of a killed run count by their machines, too, though they have no nodes", () => {
  saveState({ "aws:ec2/instance:Instance": 30 });
  expect(crowd("aws", 100)).toEqual({ there: 30, isMany: true });
});

test("on this machine, and in a state that others share, every step is saved", () => {
  expect(crowd("local", 60).isMany).toBe(false);
  vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
  expect(crowd("aws", 100).isMany).toBe(false);
});
