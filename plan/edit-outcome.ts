import type { Environment } from "../config/environment.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { UserError } from "../lib/errors.ts";
import { type Edit, editOf } from "./edit.ts";
import { edited, type RawSettings, type UsualEdit } from "./usual-edits.ts";

/** Effects that an `up` with an edited file has. */
export interface Outcome extends Edit {
  /** Names of machines that come, or go. */
  made: string[];
  removed: string[];
}

/**
 * Tells what an `up` does with one of the usual edits of a platform's file; undefined where the file has no such setting on this
 * infrastructure.
 */
export function outcomeOf(name: string, settings: RawSettings, { sets }: UsualEdit): Outcome | undefined {
  const before = parseEnvironment(name, settings);
  if (!isThere(before, sets)) return undefined;
  try {
    const after = parseEnvironment(name, edited(settings, sets));
    const [was, is] = [namesOf(before), namesOf(after)];
    return {
      ...editOf(before, after),
      made: is.filter((machine) => !was.includes(machine)),
      removed: was.filter((machine) => !is.includes(machine)),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [, ...problems] = error.message.split("\n");
    const refused = problems.map((problem) => {
      const [path = "", ...reason] = problem.trim().split(": ");
      return { path, reason: reason.join(": ") };
    });
    return { refused, rollout: [], made: [], removed: [] };
  }
}

const namesOf = (environment: Environment) => planMachines(environment).map(({ name }) => name);

/** Tells whether an edit means something: what it sets is there, and becomes another. */
function isThere({ containerPlatform, infrastructure, network }: Environment, sets: UsualEdit["sets"]): boolean {
  const paths = Object.keys(sets);
  const of = (start: string) => paths.some((path) => path.startsWith(start));
  if (of("containerPlatform.gateway")) return containerPlatform.gateway === "haproxy";
  if (of("containerPlatform.haproxy.count")) return containerPlatform.haproxy?.count === 2;
  if (of("containerPlatform.haproxy")) return containerPlatform.haproxy !== undefined;
  if (of("infrastructure.region")) return infrastructure.region !== undefined;
  if (of("network.zones")) return network.zones !== 1;
  return true;
}
