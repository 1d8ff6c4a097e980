import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../config/environment.ts";
import { loadAdapter } from "../stacks/adapter.ts";

/** A resource that a killed run asked the cloud for without hearing of it again. */
export interface PendingCreate {
  /** Pulumi's type token. */
  type: string;
  inputs: Record<string, unknown>;
}

/**
 * The id under which the cloud made it after all, undefined where it did not. `known` are the ids that the state has: what they
 * name is another's. Throws where the cloud cannot be asked.
 */
export type Finder = (pending: PendingCreate, known: ReadonlySet<string>) => Promise<string | undefined>;

/** What each infrastructure's folder exports from its `recovery.ts`. */
interface RecoveryModule {
  /** Undefined where there is nothing to look for, as creating takes over what is there. */
  createFinder(environment: Environment): Promise<Finder | undefined>;
}

/** A cloud goes on with requests that it had taken from the killed run; what it has not done after so long, it will not do. */
const quietSeconds = 5;

/** Looks by the names that the program gives. To be called in a Pulumi program, whose credentials it uses. */
export async function findPending(
  environment: Environment,
  pending: PendingCreate[],
  known: ReadonlySet<string>,
): Promise<(string | undefined)[]> {
  const { createFinder } = await loadAdapter<RecoveryModule>(environment, "recovery");
  const find = await createFinder(environment);
  if (!find) return pending.map(() => undefined);
  const look = () => Promise.all(pending.map((each) => find(each, known)));
  const count = (ids: (string | undefined)[]) => ids.filter(Boolean).length;
  let found = await look();
  for (let before = -1; count(found) > before && count(found) < pending.length; ) {
    before = count(found);
    await sleep(quietSeconds * 1000);
    found = await look();
  }
  return found;
}
