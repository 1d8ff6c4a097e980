import { minorOf } from "../config/versions.ts";
import { type ChangeKind, type MachineChange, rolloutOf } from "../plan/rollout.ts";
import type { Operation } from "./engine/operation.ts";
import type { Outcome } from "./engine/progress.ts";

/** Adds to a preview's result in which order `up` changes machines that are there. */
export function tellRollout({ loaded, result }: Operation): void {
  if (result?.result === "succeeded") result.rollout = rolloutOf(loaded.environment, changesIn(result.outcomes));
}

/**
 * Gives the changes of machines that a preview has found. Which setting asks for them it does not know. `restarts`: nodes that get
 * security updates are drained, as they may restart.
 */
export function changesIn(outcomes: readonly Outcome[], { restarts = false } = {}): MachineChange[] {
  const kinds = new Map<string, ChangeKind>();
  const drained = new Set<string>();
  for (const outcome of outcomes) {
    const { machine } = outcome;
    const kind = kindOf(outcome);
    // What asks most counts: a master has files and a node.
    if (machine && kind && rank(kind) < rank(kinds.get(machine))) kinds.set(machine, kind);
    const { from, to } = outcome.kubernetes ?? {};
    if (machine && from && to && minorOf(from) !== minorOf(to)) drained.add(machine);
    if (machine && restarts && outcome.type === nodeType && outcome.diffs.includes("packages")) drained.add(machine);
  }
  return [...kinds].map(([machine, kind]) => {
    const change = { machine, kind, because: [] };
    return ["upgraded", "changed"].includes(kind) && drained.has(machine) ? { ...change, isDrained: true } : change;
  });
}

const nodeType = "kpaas:index:Node";

/** Types that go with their machine. A cloud's machine itself is of a type of its own. */
const ofMachine: readonly string[] = [nodeType, "kpaas:index:MachineFiles", "kpaas:index:FirstBoot"];

/** Inputs that tell how a machine is reached, waited for and emptied. Its files are secret: no event tells that they differ. */
const aboutTheWay: readonly string[] = ["api", "connection", "drain", "joinToken", "timeoutSeconds"];

function kindOf({ op, type, diffs }: Outcome): ChangeKind | undefined {
  if (!ofMachine.includes(type)) return undefined;
  if (op === "replace" || op === "create-replacement") return "replaced";
  if (op !== "update") return undefined;
  if (diffs.includes("kubernetesVersion")) return "upgraded";
  return diffs.length === 0 || diffs.some((key) => !aboutTheWay.includes(key)) ? "changed" : undefined;
}

const order: readonly (ChangeKind | undefined)[] = ["replaced", "resized", "upgraded", "changed", undefined];

const rank = (kind: ChangeKind | undefined): number => order.indexOf(kind);
