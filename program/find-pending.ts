import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../config/environment.ts";
import { loadAdapter } from "../stacks/adapter.ts";
import type { PendingCreate, RecoveryModule } from "../stacks/shared/finder.ts";

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
