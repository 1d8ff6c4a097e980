import { setTimeout as sleep } from "node:timers/promises";

/** Tries until it holds or the time is over; the last failure is the error. */
export async function eventually<T>(timeoutSeconds: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
