import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { type FailedCreate, keepFailedCreates } from "../engine/failed-creates.ts";
import type { EngineRun } from "../engine/operation.ts";

interface StateResource extends FailedCreate {
  protect?: boolean;
  deletedWith?: string;
}

const resourcesOf = ({ deployment }: Deployment): StateResource[] => deployment.resources ?? [];

/** Takes protection off disks with data. It guards them from an `up`; who destroys the whole environment has said yes to that. */
export async function unprotect({ stack, state }: EngineRun): Promise<void> {
  const exported = await state();
  const kept = resourcesOf(exported).filter(({ protect }) => protect);
  if (kept.length === 0) return;
  for (const resource of kept) resource.protect = false;
  await stack.importStack(exported);
}

/**
 * Notes what the state loses before the cloud deletes it together with its owner. Cut off in between, a destroy leaves it there
 * unknown: the next run asks for it as for what failed to be created, or an `up` would make it twice.
 */
export async function noteCoDeleted({ loaded, state }: EngineRun): Promise<void> {
  keepFailedCreates(
    loaded.name,
    resourcesOf(await state()).filter(({ deletedWith }) => Boolean(deletedWith)),
  );
}
