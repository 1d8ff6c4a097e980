import type { StateResource } from "../engine/state.ts";
import { packagesIn } from "../machine-packages.ts";
import type { Facts } from "./observed.ts";

/** Security updates of a machine. */
export interface ObservedPackages {
  machine: string;
  /** The time for which it has them, RFC 3339; absent where it has those of its image. */
  asOf?: string;
  /** Whole days from then to the reading. */
  days?: number;
  /** A restart is to put upgraded packages into use. */
  wantsRestart: boolean;
}

const dayMs = 86_400_000;

/**
 * Lists the machines' security updates, those that are oldest first: of all machines once one was asked, else of those that ask for a
 * restart, as they do where their distribution upgrades them.
 */
export function packagesOf(resources: readonly StateResource[], { readAt, machines }: Facts): ObservedPackages[] {
  const found = packagesIn(resources).map(({ machine, asOf }): ObservedPackages => {
    const answer = machines[machine]?.answer;
    const wantsRestart = answer !== undefined && "value" in answer && answer.value.wantsRestart === true;
    const days = asOf && Math.floor((Date.parse(readAt) - Date.parse(asOf)) / dayMs);
    return { machine, ...(asOf ? { asOf, days: Number(days) } : {}), wantsRestart };
  });
  const wasAsked = found.some(({ asOf }) => asOf !== undefined);
  return found
    .filter(({ wantsRestart }) => wasAsked || wantsRestart)
    .sort((one, other) => (one.asOf ?? "").localeCompare(other.asOf ?? ""));
}
