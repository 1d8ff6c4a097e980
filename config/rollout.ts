import { z } from "zod";
import { must } from "./problems.ts";

/** Bounds of how a pool's machines are replaced or changed. */
export interface Rollout {
  /** Most nodes that are away at once: a number, or a share of the pool such as `10%`, rounded down, at least 1. */
  maxUnavailable: number | string;
  /** Time that a node's pods have to leave, as their disruption budgets let them. */
  drainSeconds: number;
  /** Once that time is over: stop the run, or go on without those pods. */
  drainTimeout: "stop" | "force";
}

// Said by each kind, too: where only one of them could be meant, its own words are what the user reads.
const error = must("be a number from 1 on, or a share from 1% to 100%");
const maxUnavailable = z
  .union([z.int({ error }).min(1, { error }), z.string().regex(/^([1-9]\d?|100)%$/, { error })], { error })
  .default("10%")
  .describe("Most nodes that are away at once: a number, or a share of the pool, rounded down, but at least 1.");

export const rollout = z
  .strictObject({
    maxUnavailable,
    drainSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(300)
      .describe("Time that a node's pods have to leave, as their disruption budgets let them."),
    drainTimeout: z
      .enum(["stop", "force"])
      .default("stop")
      .describe("Once that time is over: stop the run, naming pods and budgets, or go on without them."),
  })
  .prefault({})
  .describe("How the pool's machines are replaced or changed: the first alone, then a few at a time.");

/** Gives how many nodes of a pool of this size may be away at once. */
export function unavailableAtOnce({ maxUnavailable }: Pick<Rollout, "maxUnavailable">, count: number): number {
  if (typeof maxUnavailable === "number") return maxUnavailable;
  return Math.max(1, Math.floor((count * Number.parseInt(maxUnavailable, 10)) / 100));
}
