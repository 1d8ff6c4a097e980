import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  timeoutSeconds: number;
  signal: AbortSignal;
  /** "waited 120 s for <what>" in the error. */
  what: string;
  /** @default 300 */
  intervalMilliseconds?: number;
}

/** Tries until it succeeds; when the time is over, the last failure is the reason. Aborting ends it at once. */
export async function retry<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { timeoutSeconds, signal, what, intervalMilliseconds = 300 } = options;
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      if (Date.now() + intervalMilliseconds > deadline)
        throw new Error(`waited ${timeoutSeconds} s for ${what}: ${(error as Error).message}`, { cause: error });
    }
    await sleep(intervalMilliseconds, undefined, { signal });
  }
}

/** Thrown by an attempt that no repetition can save. */
export class GiveUp extends Error {}
