import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aws } from "./clouds/aws.ts";
import { type Call, FaultPlan, writeFaults } from "./faults.ts";

const type = "aws:ec2/instance:Instance";
let folder: string;
let calls: Call[];
let plan: FaultPlan;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-faults-"));
  calls = [];
  plan = new FaultPlan(folder, aws.refusal, (call) => calls.push(call));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function failedOf(seed: number): Promise<string[]> {
  writeFaults(folder, { randomFailures: { rate: 0.3, seed } });
  const names = Array.from({ length: 100 }, (_, index) => `machine-${index}`);
  const outcomes = await Promise.allSettled(names.map((name) => plan.call("create", type, name)));
  return names.filter((_, index) => outcomes[index]?.status === "rejected");
}

test("without faults every call is answered", async () => {
  await plan.call("create", type, "machine-1");
  expect(calls).toEqual([{ operation: "create", type, name: "machine-1", answer: "ok" }]);
});

test("random failures are the seed's: the same again, about as many as asked, others for another seed", async () => {
  const first = await failedOf(1);
  expect(first.length).toBeGreaterThan(15);
  expect(first.length).toBeLessThan(45);
  const other = await failedOf(2);
  expect(other).not.toEqual(first);
  expect(await failedOf(1)).toEqual(first);
});

test("a failed call may succeed when it is made again", async () => {
  const [name = ""] = await failedOf(1);
  const again = await Promise.allSettled(Array.from({ length: 20 }, () => plan.call("create", type, name)));
  expect(again.some(({ status }) => status === "fulfilled")).toBe(true);
});

test("latency is each call's, of a type its own", async () => {
  writeFaults(folder, { latencyMilliseconds: 300, latencyMillisecondsOf: { Vpc: 0 } });
  const time = async (called: string) => {
    const began = performance.now();
    await plan.call("create", called, "a");
    return performance.now() - began;
  };
  expect(await time(type)).toBeGreaterThan(290);
  expect(await time("aws:ec2/vpc:Vpc")).toBeLessThan(250);
});

test("a stalled type's calls are done up to a number, and those after it dropped once the faults change", async () => {
  writeFaults(folder, { stallAfter: { Instance: 2 } });
  const outcomes: string[] = [];
  const call = (operation: "create" | "delete" | "read") =>
    plan.call(operation, type, "a").then(
      () => outcomes.push("done"),
      () => outcomes.push("dropped"),
    );
  const stalled = [call("create"), call("delete"), call("create"), call("delete")];
  await call("read");
  expect(outcomes).toEqual(["done", "done", "done"]);
  writeFaults(folder, {});
  await Promise.all(stalled);
  expect(outcomes).toEqual(["done", "done", "done", "dropped", "dropped"]);
});

test("a caller that is throttled for too long is told so", async () => {
  writeFaults(folder, { throttling: { firstCalls: 1_000, status: 429 } });
  await expect(plan.call("create", type, "a")).rejects.toThrow(/429.*RequestLimitExceeded/);
  expect(calls.length).toBeGreaterThan(3);
});

test("expired credentials refuse every call", async () => {
  writeFaults(folder, { refuseAll: "the token has expired" });
  await expect(plan.call("read", type, "a")).rejects.toThrow("the token has expired");
});

test("a lost answer is one create's", async () => {
  writeFaults(folder, { loseAnswerOnce: ["Instance"] });
  await plan.call("create", type, "a");
  await expect(plan.answer(type)).rejects.toThrow("Instance");
  await plan.answer(type);
});
