import type { Environment } from "../config/environment.ts";
import { onRecord, type RefusedChange, refusedChanges } from "../config/on-record.ts";
import { machineChanges } from "./machine-changes.ts";
import { type RolloutStage, rolloutOf } from "./rollout.ts";

/** The difference of two environments as an edit of one environment that is up. */
export interface Edit {
  /** Changes that a living platform cannot take: with any of them `up` refuses, and nothing happens. */
  refused: RefusedChange[];
  /** Changes of machines that are there, in the order in which they happen; none where something is refused. */
  rollout: RolloutStage[];
}

/** Tells of an edit of one environment: both have its name. */
export function editOf(before: Environment, after: Environment): Edit {
  const refused = refusedChanges(onRecord(before), onRecord(after));
  return { refused, rollout: refused.length > 0 ? [] : rolloutOf(after, machineChanges(before, after)) };
}
