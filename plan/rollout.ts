import type { Environment } from "../config/environment.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { planMachines } from "../config/machines.ts";
import { type Role, roleFacts } from "../config/roles/index.ts";
import { changeStages } from "../config/rollout-order.ts";
import { poolsWithSurge, withSurge } from "../config/surge.ts";

/**
 * Ways in which a machine that is there changes. replaced: made anew. resized: by the cloud, which restarts it, or makes it anew where it
 * cannot. upgraded: to another Kubernetes version, in place. changed: in place by its files, or by its node's labels and taints.
 */
export type ChangeKind = "replaced" | "resized" | "upgraded" | "changed";

/** A change of a machine that is there. */
export interface MachineChange {
  machine: string;
  kind: ChangeKind;
  /** Paths of the settings that ask for it; none where they are not known. */
  because: string[];
  /** Its pods leave before, although it stays: its kubelet gets another minor. */
  isDrained?: boolean;
}

/** Machines that change one after another. */
export interface RolloutStage {
  /** Role, or pool for workers. */
  name: string;
  role: Role;
  /** By kind, the one that asks most first. */
  changes: { kind: ChangeKind; machines: string[]; because: string[] }[];
  /** The machine that changes first and alone. */
  first: string;
  /** Most machines that change together after the first. */
  atOnce: number;
  /** Machines that come before, stand in for those that change, and go after; absent where there are none. */
  standIns?: string[];
  /** Loss while they change; absent where others stand in for them. */
  interrupted?: string;
  /** Estimate of how long it takes. */
  seconds: number;
}

/** The kinds, the one that asks most first. */
const kinds: readonly ChangeKind[] = ["replaced", "resized", "upgraded", "changed"];

/**
 * Seconds that a change of one machine takes: estimates, as seen on this host with everything cached. How long pods take to leave is not in
 * them, nor what a cloud takes longer for a machine.
 */
const usualSeconds: Record<"master" | "worker" | "other", Record<ChangeKind, number>> = {
  master: { replaced: 90, resized: 90, upgraded: 75, changed: 20 },
  worker: { replaced: 45, resized: 60, upgraded: 30, changed: 8 },
  other: { replaced: 30, resized: 45, upgraded: 10, changed: 8 },
};

/** Seconds more that a cloud takes to delete a machine and to make or restart one. */
const cloudSeconds = 90;

/** Lists the pools that get machines to stand in while these changes are made: where nodes are replaced or drained. */
export function surgingPools(environment: Environment, changes: readonly MachineChange[]): string[] {
  const away = changes.filter(({ kind, isDrained }) => kind === "replaced" || isDrained).map(({ machine }) => machine);
  const pools = new Set(
    planMachines(environment).flatMap(({ name, pool }) => (pool && away.includes(name) ? [pool] : [])),
  );
  return poolsWithSurge(environment).filter((pool) => pools.has(pool));
}

/** Puts changes into the order in which `./kpaas up` makes them, with their bounds and an estimate. */
export function rolloutOf(asTheFileSays: Environment, changes: readonly MachineChange[]): RolloutStage[] {
  const environment = withSurge(asTheFileSays, surgingPools(asTheFileSays, changes));
  const plans = planMachines(environment);
  const byMachine = new Map(changes.map((change) => [change.machine, change]));
  return changeStages(environment, plans).flatMap(({ name, machines, atOnce, standIns }) => {
    const own = machines.flatMap((machine) => byMachine.get(machine) ?? []);
    const role = plans.find((plan) => plan.name === machines[0])?.role;
    const [first] = own;
    if (!first || !role) return [];
    const interrupted = machines.length === 1 ? lossWhile(role, own) : undefined;
    const more = standIns ? secondsOf(environment, role, "replaced") : 0;
    const seconds = estimated(environment, role, own, atOnce) + more;
    const grouped = kinds.flatMap((kind) => grouping(own, kind));
    const stage = {
      name,
      role,
      changes: grouped,
      first: first.machine,
      atOnce,
      ...(standIns ? { standIns } : {}),
      seconds,
    };
    return [interrupted ? { ...stage, interrupted } : stage];
  });
}

function grouping(changes: readonly MachineChange[], kind: ChangeKind): RolloutStage["changes"] {
  const own = changes.filter((change) => change.kind === kind);
  if (own.length === 0) return [];
  const because = [...new Set(own.flatMap((change) => change.because))];
  return [{ kind, machines: own.map(({ machine }) => machine), because }];
}

/** Gives the loss while the only machine of a role or pool changes. What is changed in place goes on with its work, but for the API server. */
function lossWhile(role: Role, changes: readonly MachineChange[]): string | undefined {
  const isAway = changes.some(({ kind }) => kind === "replaced" || kind === "resized");
  if (isAway) return roleFacts[role].outage.loss;
  const restarts = role === "master" && changes.some(({ kind }) => kind === "upgraded");
  return restarts ? "the API server restarts, which takes seconds" : undefined;
}

/** Gives the seconds that such a change of one machine takes. */
function secondsOf({ infrastructure }: Environment, role: Role, kind: ChangeKind): number {
  const usual = usualSeconds[role === "master" || role === "worker" ? role : "other"][kind];
  const isMade = kind === "replaced" || kind === "resized";
  return usual + (isMade && !capabilitiesOf(infrastructure).onThisHost ? cloudSeconds : 0);
}

function estimated(environment: Environment, role: Role, changes: readonly MachineChange[], atOnce: number): number {
  const each = changes.map(({ kind }) => secondsOf(environment, role, kind));
  // The first alone, then so many together.
  const rounds = 1 + Math.ceil((changes.length - 1) / atOnce);
  return rounds * Math.max(...each);
}

/** Sums up the estimates of all stages. */
export const rolloutSeconds = (stages: readonly RolloutStage[]): number =>
  stages.reduce((sum, { seconds }) => sum + seconds, 0);
