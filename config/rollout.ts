import { z } from "zod";
import { must } from "./problems.ts";

/** Bounds of how a pool's machines are replaced or changed. */
export interface Rollout {
  /** Most nodes that are away at once: a number, or a share of the pool such as `10%`, rounded down, at least 1. */
  maxUnavailable: number | string;
  /** Machines that come before, stand in and go after: a number, or a share of the pool such as `10%`, rounded up. */
  maxSurge: number | string;
  /** Time that a node's pods have to leave, as their disruption budgets let them. */
  drainSeconds: number;
  /** Once that time is over: stop the run, or go on without those pods. */
  drainTimeout: "stop" | "force";
}

// Said by each kind, too: where only one of them could be meant, its own words are what the user reads.
const error = must("be a number from 0 on, or a share from 1% to 100%");
const numberOrShare = z.union([z.int({ error }).min(0, { error }), z.string().regex(/^([1-9]\d?|100)%$/, { error })], {
  error,
});
const maxUnavailable = numberOrShare
  .default("10%")
  .describe(
    "Most nodes that are away at once: a number, or a share of the pool, rounded down, but at least 1. 0 where maxSurge is not.",
  );
const maxSurge = numberOrShare
  .default(0)
  .describe(
    "Most machines that `./kpaas up` makes before nodes are replaced or drained, to stand in for them, and removes after: a number, or a " +
      "share of the pool, rounded up. Under plain `pulumi up` there are none.",
  );

export const rollout = z
  .strictObject({
    maxUnavailable,
    maxSurge,
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
