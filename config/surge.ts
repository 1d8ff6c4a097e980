import type { Environment, WorkerPool } from "./environment.ts";
import { type MachinePlan, planMachines } from "./machines.ts";
import type { Rollout } from "./rollout.ts";

/** Gives how many machines stand in for those of a pool of this size while these change. */
export function surgeOf({ maxSurge }: Pick<Rollout, "maxSurge">, count: number): number {
  if (count === 0) return 0;
  if (typeof maxSurge === "number") return maxSurge;
  return Math.ceil((count * Number.parseInt(maxSurge, 10)) / 100);
}

/** Gives how many machines stand in for a pool's while these change. */
export const surgeOfPool = ({ count, standIns = 0, rollout }: WorkerPool): number => surgeOf(rollout, count - standIns);

/** Lists the pools for whose machines others may stand in. */
export const poolsWithSurge = ({ containerPlatform }: Environment): string[] =>
  containerPlatform.workerPools.filter((pool) => surgeOfPool(pool) > 0).map(({ name }) => name);

/** Gives an environment in which some pools are larger by the machines that stand in for the others while these change. */
export function withSurge(environment: Environment, pools: readonly string[]): Environment {
  if (pools.length === 0) return environment;
  const { containerPlatform } = environment;
  const workerPools = containerPlatform.workerPools.map((pool) => {
    if (!pools.includes(pool.name)) return pool;
    const standIns = surgeOfPool(pool);
    return { ...pool, count: pool.count + standIns, standIns };
  });
  return { ...environment, containerPlatform: { ...containerPlatform, workerPools } };
}

/** Lists the machines that come for a while beside those of these pools; by default all that any change can make stand in. */
export function standIns(environment: Environment, pools = poolsWithSurge(environment)): MachinePlan[] {
  const usual = new Set(planMachines(environment).map(({ name }) => name));
  return planMachines(withSurge(environment, pools)).filter(({ name }) => !usual.has(name));
}
