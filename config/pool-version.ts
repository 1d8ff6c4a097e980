import { compare } from "semver";
import type { Environment, WorkerPool } from "./environment.ts";
import type { MachinePlan } from "./machines.ts";
import { kubeletMinorsBehind, minorNumber } from "./versions.ts";

type Platform = Pick<Environment["containerPlatform"], "kubernetesVersion" | "workerPools">;

/** Gives the Kubernetes version of a pool's nodes: its own where it waits behind the control plane, else the control plane's. */
export const poolVersion = (
  { kubernetesVersion }: Pick<Platform, "kubernetesVersion">,
  pool: Pick<WorkerPool, "kubernetesVersion">,
): string => pool.kubernetesVersion ?? kubernetesVersion;

/** Gives the versions of pools that are behind the control plane, by their names. */
export function poolsBehind(platform: Platform): Record<string, string> {
  const behind = platform.workerPools.filter((pool) => poolVersion(platform, pool) !== platform.kubernetesVersion);
  return Object.fromEntries(behind.map((pool) => [pool.name, poolVersion(platform, pool)]));
}

/**
 * Gives an environment as a machine sees it: all of a worker that follows from a Kubernetes version follows from its pool's.
 */
export function asSeenBy(environment: Environment, { pool }: Pick<MachinePlan, "pool">): Environment {
  const { containerPlatform } = environment;
  const version = poolsBehind(containerPlatform)[pool ?? ""];
  if (version === undefined) return environment;
  return { ...environment, containerPlatform: { ...containerPlatform, kubernetesVersion: version } };
}

/** Gives the Kubernetes version of a machine. */
export const kubernetesVersionOf = (environment: Environment, plan: Pick<MachinePlan, "pool">): string =>
  asSeenBy(environment, plan).containerPlatform.kubernetesVersion;

/** Tells whether an API server of one version takes kubelets of another that are as old as that. */
export const takesKubelet = (apiServer: string, kubelet: string): boolean =>
  minorNumber(apiServer) - minorNumber(kubelet) <= kubeletMinorsBehind;

/** Words why a pool's version does not go with the control plane's, as a rule and a remedy; undefined where it does. */
export function skewProblem(apiServer: string, kubelet: string): { rule: string; remedy: string } | undefined {
  const controlPlane = `the control plane's, ${apiServer} (containerPlatform.kubernetesVersion)`;
  if (compare(kubelet, apiServer) > 0)
    return { rule: `must not be newer than ${controlPlane}`, remedy: `use ${apiServer} or older, or leave it out` };
  if (takesKubelet(apiServer, kubelet)) return undefined;
  return {
    rule: `must be at most ${kubeletMinorsBehind} minors older than ${controlPlane}`,
    remedy: `use a 1.${minorNumber(apiServer) - kubeletMinorsBehind} or newer, or leave it out`,
  };
}
