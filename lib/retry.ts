import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./errors.ts";

export interface RetryOptions {
  timeoutSeconds: number;
  signal: AbortSignal;
  /** Thing that is waited for: "waited 120 s for <what>" in the error. */
  what: string;
  /** @default 300 */
  intervalMilliseconds?: number;
}

/**
 * Tries until it succeeds. Each attempt gets a signal that also aborts when the time is over, so that none that hangs can
 * outlast it. @throws an error with the last attempt's reason after `timeoutSeconds`; the signal's own at once when it aborts.
 */
export async function retry<T>(options: RetryOptions, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutSeconds, signal, what, intervalMilliseconds = 300 } = options;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, deadline.signal]);
  let reason: unknown = new Error("no answer");
  try {
    for (;;) {
      signal.throwIfAborted();
      if (either.aborted) throw timedOut(timeoutSeconds, what, reason);
      try {
        return await attempt(either);
      } catch (error) {
        if (error instanceof GiveUp) throw error;
        if (!isAbort(error)) reason = error;
      }
      await sleep(intervalMilliseconds, undefined, { signal: either }).catch(() => {});
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Thrown by an attempt that no repetition can save. */
export class GiveUp extends UserError {}

/** Tells whether an attempt was cut off: such a one has no reason of its own. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function timedOut(seconds: number, what: string, reason: unknown): Error {
  return new Error(`waited ${Math.round(seconds)} s for ${what}: ${(reason as Error).message}`, { cause: reason });
}
