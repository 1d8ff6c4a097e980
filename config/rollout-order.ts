import type { Environment } from "./environment.ts";
import type { MachinePlan } from "./machines.ts";
import type { Role } from "./roles/index.ts";
import { unavailableAtOnce } from "./rollout.ts";

/** Machines that change or are replaced one after another, at most `atOnce` together and the first of them alone. */
export interface ChangeStage {
  /** Role, or pool for workers. */
  name: string;
  machines: string[];
  atOnce: number;
  /** Machines that come before the others change, to stand in for them; absent where none does. */
  standIns?: string[];
}

/** Roles in the order in which they change: first the way in, then what nodes need, masters before any worker. */
const order: readonly Role[] = ["bastion", "haproxy", "registry", "database", "storage", "jumphost", "master"];

/** Gives the stages in which machines that are there change, one stage after another. */
export function changeStages(environment: Environment, machines: readonly MachinePlan[]): ChangeStage[] {
  const named = (chosen: (machine: MachinePlan) => boolean) => machines.filter(chosen).map(({ name }) => name);
  const roles = order.map((role) => ({ name: role, machines: named((machine) => machine.role === role), atOnce: 1 }));
  const pools = environment.containerPlatform.workerPools.map(({ name, count, standIns = 0, rollout }) => ({
    name,
    machines: named((machine) => machine.pool === name),
    // Without machines that stand in, as under plain Pulumi, one goes at a time at least.
    atOnce: Math.max(1, unavailableAtOnce(rollout, count - standIns) + standIns),
    ...(standIns > 0 ? { standIns: named(({ pool, ordinal }) => pool === name && ordinal > count - standIns) } : {}),
  }));
  return [...roles, ...pools].filter((stage) => stage.machines.length > 0);
}
