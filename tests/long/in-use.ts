import { expect } from "vitest";
import type { Seen } from "../e2e-local/writers.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";

/** Gives kubelets' versions by node. */
export async function kubelets(platform: TestPlatform): Promise<Record<string, string>> {
  const path = "{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{'\\n'}{end}";
  const lines = (await platform.kubectlOk(["get", "nodes", "-o", `jsonpath=${path}`])).trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

/** Expects what holds in every change where replicas and budgets allow it. */
export function expectNothingLost(seen: Seen, { readyWorkers = 1 } = {}): void {
  expect([seen.lostWrites, seen.lostRows]).toEqual([0, 0]);
  expect(seen.failedRequests).toEqual([]);
  expect(seen.fewestReadyWorkers).toBeGreaterThanOrEqual(readyWorkers);
}
