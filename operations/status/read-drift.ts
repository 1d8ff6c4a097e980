import { existsSync, readdirSync } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { errorLine } from "../../lib/errors.ts";
import { advance, startProgress } from "../engine/progress.ts";
import { isForeignBackend, lockFolder, readStackState } from "../engine/state.ts";
import { openExisting } from "../engine/workspace.ts";
import { type Drift, driftOf } from "./drift.ts";

/** Resources that are compared at once: most of a comparison waits for the infrastructure's answers. */
const parallel = 128;

/**
 * Finds out what an `up` of the environment as it was last given to the engine would mend: by the engine's preview after a
 * refresh, which keeps neither. Never throws: what keeps it from being known is the reason.
 */
export async function readDrift(name: string, machineNames: readonly string[]): Promise<Drift> {
  if (isUnsettled(name))
    return { status: "unknown", reason: `a run is under way or was interrupted; ./kpaas up ${name} goes on from it` };
  const progress = startProgress(Date.now());
  const onEvent = (event: EngineEvent): void => {
    advance(progress, event, Date.now());
  };
  try {
    const stack = await openExisting(name, { withProgram: true });
    if (!stack) return { status: "unknown", reason: "it is not up" };
    await stack.preview({ refresh: true, parallel, onEvent, color: "never", suppressProgress: true });
    return driftOf([...progress.outcomes.values()], machineNames);
  } catch (error) {
    const [failure] = progress.failures;
    const said = failure ? `${failure.label}: ${failure.message}` : errorLine(error);
    return { status: "unknown", reason: `the comparison failed: ${errorLine(said)}` };
  }
}

/** Tells whether a run has begun something, which looks like drift. Looks into no state in a backend of the user's own. */
function isUnsettled(name: string): boolean {
  if (isForeignBackend()) return false;
  const locks = lockFolder(name);
  const isLocked = existsSync(locks) && readdirSync(locks).some((file) => file.endsWith(".json"));
  return isLocked || (readStackState(name)?.pending_operations.length ?? 0) > 0;
}
