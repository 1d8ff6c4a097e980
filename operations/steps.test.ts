import { expect, test } from "vitest";
import { failedStepsOf, runSteps, runTogether, type Step } from "./steps.ts";

type Log = string[];

const step = (name: string, more: Partial<Step<Log>> = {}): Step<Log> => ({
  name,
  run: (log) => void log.push(name),
  ...more,
});

test("steps run in their order, but for those whose time it is not", async () => {
  const log: Log = [];
  await runSteps([step("a"), step("b", { when: () => false }), step("c", { when: () => true })], log);
  expect(log).toEqual(["a", "c"]);
});

test("whether a step runs is asked when it is its turn", async () => {
  const log: Log = [];
  await runSteps([step("a"), step("b", { when: (soFar) => soFar.includes("a") })], log);
  expect(log).toEqual(["a", "b"]);
});

test("a failure ends an operation, stays what it is, and tells in which step of which step it was", async () => {
  const failure = new Error("no");
  const inner = step("inner", {
    run: () => {
      throw failure;
    },
  });
  const outer = step("outer", { run: (log) => runSteps([inner], log) });
  const log: Log = [];
  await expect(runSteps([outer, step("after")], log)).rejects.toBe(failure);
  expect(failedStepsOf(failure)).toEqual(["outer", "inner"]);
  expect(log).toEqual([]);
  expect(failedStepsOf(new Error("elsewhere"))).toEqual([]);
});

test("steps that run together have their results in the steps' order", async () => {
  const late = { name: "late", run: () => new Promise<number>((resolve) => setTimeout(resolve, 20, 1)) };
  const early = { name: "early", run: () => 2 };
  expect(await runTogether<undefined, number>([late, early], undefined)).toEqual([1, 2]);
});
