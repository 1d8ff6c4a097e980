import { expect, test } from "vitest";
import { GiveUp, retry } from "./retry.ts";

const never = new AbortController().signal;
const options = { timeoutSeconds: 0.2, signal: never, what: "the moon", intervalMilliseconds: 10 };

test("tries until it succeeds", async () => {
  let attempts = 0;
  const result = await retry(options, async () => {
    if (++attempts < 3) throw new Error("not yet");
    return "done";
  });
  expect([result, attempts]).toEqual(["done", 3]);
});

test("says what it waited for, how long, and the last reason", async () => {
  await expect(retry(options, () => Promise.reject(new Error("clouds")))).rejects.toThrow(
    "waited 0 s for the moon: clouds",
  );
});

test("cuts off an attempt that hangs, and keeps the reason of the one before", async () => {
  let attempts = 0;
  const waiting = retry(options, (signal) => {
    if (++attempts === 1) throw new Error("clouds");
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  await expect(waiting).rejects.toThrow("clouds");
  expect(attempts).toBe(2);
});

test("does not repeat what no repetition can save", async () => {
  let attempts = 0;
  const waiting = retry(options, () => {
    attempts++;
    throw new GiveUp("there is no moon");
  });
  await expect(waiting).rejects.toThrow(/^there is no moon$/);
  expect(attempts).toBe(1);
});

test("ends at once, with the cancellation's own reason, between and during attempts", async () => {
  for (const attempt of [() => Promise.reject(new Error("no")), () => new Promise(() => {})]) {
    const cancellation = new AbortController();
    const waiting = retry(
      { ...options, timeoutSeconds: 60, intervalMilliseconds: 60_000, signal: cancellation.signal },
      (signal) =>
        Promise.race([
          attempt(),
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        ]),
    );
    setTimeout(() => cancellation.abort(new Error("cancelled")), 20);
    await expect(waiting).rejects.toThrow("cancelled");
  }
});
