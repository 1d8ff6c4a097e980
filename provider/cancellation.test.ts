import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withinGrace } from "./cancellation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const cancelled = new Error("cancelled");

test("work that ends within the grace keeps its result", async () => {
  const cancellation = new AbortController();
  const work = withinGrace(new Promise((resolve) => setTimeout(() => resolve("made"), 1500)), cancellation.signal);
  cancellation.abort(cancelled);
  await vi.advanceTimersByTimeAsync(1500);
  expect(await work).toBe("made");
});

test.each(["before", "while"])("work that does not heed a cancellation %s it runs is left behind", async (moment) => {
  const cancellation = new AbortController();
  if (moment === "before") cancellation.abort(cancelled);
  const work = withinGrace(new Promise(() => {}), cancellation.signal);
  const outcome = expect(work).rejects.toBe(cancelled);
  if (moment === "while") cancellation.abort(cancelled);
  await vi.advanceTimersByTimeAsync(2000);
  await outcome;
});

test("nothing is timed without a cancellation", async () => {
  expect(await withinGrace(Promise.resolve(1), new AbortController().signal)).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
