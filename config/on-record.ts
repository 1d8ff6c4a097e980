import { compare } from "semver";
import type { Environment } from "./environment.ts";
import { capabilitiesOf } from "./infrastructure/catalog.ts";
import { type MachinePlan, planMachines } from "./machines.ts";
import type { PodSecurityLevel } from "./pod-security.ts";
import { poolsBehind, takesKubelet } from "./pool-version.ts";
import { roles } from "./roles/index.ts";
import { kubeletMinorsBehind, minorNumber } from "./versions.ts";

/** Facts of an environment that stay on record with its platform, for the next run to compare with. Plain data. */
export interface OnRecord {
  /** Settings that a platform keeps for life, by their path. */
  kept: Record<string, string>;
  kubernetesVersion: string;
  /** Standard that pods are held to; absent where an earlier release held them to none. */
  podSecurity?: PodSecurityLevel;
  /** Versions of pools that are behind that, by their names; absent where none is. */
  poolVersions?: Record<string, string>;
  /** Names of machines by role, or by pool for workers: those there will be when the run has ended. */
  machines: Record<string, string[]>;
  /** GiB by machine. */
  dataDisksGiB: Record<string, number>;
  /** Generations of worker pools by their names; an earlier release noted none. */
  poolGenerations?: Record<string, number>;
  /** Generations of workers whose user-data of an earlier release had no host key, by their names. The provider says it. */
  withoutFirstHostKey?: Record<string, number>;
}

/** Settings that are part of every machine's and every application's idea of the platform. */
const kept: Record<string, (environment: Environment) => unknown> = {
  "infrastructure.kind": ({ infrastructure }) => infrastructure.kind,
  "infrastructure.region": ({ infrastructure }) => infrastructure.region,
  // Data would be lost with its disk.
  "infrastructure.diskType": ({ infrastructure }) =>
    capabilitiesOf(infrastructure).fixedDataDiskType ? (infrastructure.diskType ?? "the cloud's default") : undefined,
  "network.cidr": ({ network }) => network.cidr,
  "network.zones": ({ network }) => network.zones,
  "network.podCidr": ({ network }) => network.podCidr,
  "network.serviceCidr": ({ network }) => network.serviceCidr,
  "network.domain": ({ network }) => network.domain,
  "containerPlatform.podNetwork": ({ containerPlatform }) => containerPlatform.podNetwork,
  "containerPlatform.gateway": ({ containerPlatform }) => containerPlatform.gateway,
  "applicationPlatform.cidr": ({ applicationPlatform }) => applicationPlatform?.cidr,
};

/** Paths of the settings that a living platform keeps. */
export const keptSettings: readonly string[] = Object.keys(kept);

/** Gives the name under which machines that are changed together stand on record. */
export const setOf = ({ role, pool }: Pick<MachinePlan, "role" | "pool">): string => pool ?? role;

/** Gives the facts of an environment that stay on record. Those of `machines` that are not given are not built yet. */
export function onRecord(environment: Environment, machines = planMachines(environment)): OnRecord {
  const facts: OnRecord = {
    kept: {},
    kubernetesVersion: environment.containerPlatform.kubernetesVersion,
    podSecurity: environment.containerPlatform.podSecurity.enforce,
    machines: {},
    dataDisksGiB: {},
  };
  const behind = poolsBehind(environment.containerPlatform);
  if (Object.keys(behind).length > 0) facts.poolVersions = behind;
  for (const [path, read] of Object.entries(kept)) {
    const value = read(environment);
    if (value !== undefined) facts.kept[path] = String(value);
  }
  for (const machine of machines) {
    const names = facts.machines[setOf(machine)] ?? [];
    names.push(machine.name);
    facts.machines[setOf(machine)] = names;
    if (machine.role === "worker")
      facts.poolGenerations = { ...facts.poolGenerations, [setOf(machine)]: machine.generation };
    if (machine.dataDisk) facts.dataDisksGiB[machine.name] = machine.dataDisk.sizeGiB;
  }
  return facts;
}

/**
 * Gives the workers whose user-data has no host key, with the generation that has none: of a record that an earlier release made, all of
 * them. They have one as soon as their pool has another generation.
 */
export function withoutFirstHostKey(before: OnRecord | undefined, after: OnRecord): Record<string, number> {
  const pools = Object.keys(after.machines).filter((name) => isPool(name) && before?.machines[name]);
  const entries = pools.flatMap((pool) => {
    const there = new Set(before?.machines[pool]);
    const generation = before?.poolGenerations?.[pool] ?? after.poolGenerations?.[pool] ?? 1;
    const earlier = before?.withoutFirstHostKey;
    return (after.machines[pool] ?? []).flatMap((machine) => {
      const without = earlier ? earlier[machine] : there.has(machine) ? generation : undefined;
      return without === undefined ? [] : [[machine, without] as const];
    });
  });
  return Object.fromEntries(entries);
}

/** Lists the workers that are to have no host key in their user-data now. */
export function presentWithoutFirstHostKey(before: OnRecord | undefined, after: OnRecord): string[] {
  const without = withoutFirstHostKey(before, after);
  return Object.entries(after.machines).flatMap(([pool, machines]) =>
    machines.filter((machine) => machine in without && without[machine] === after.poolGenerations?.[pool]),
  );
}

const isPool = (name: string): boolean => name === "worker" || !(roles as readonly string[]).includes(name);

/** A change that a living platform cannot take. */
export interface RefusedChange {
  /** Path of the setting below `kpaas:environment`. */
  path: string;
  /** The rule, both values and the remedy, in words that follow the path. */
  reason: string;
}

/** Lists what a living platform cannot change from one record to the next; all of it at once. */
export function refusedChanges(before: OnRecord, after: OnRecord): RefusedChange[] {
  const versions = versionSteps(before, after);
  return [
    ...changedForLife(before, after),
    // Where the control plane cannot go on, nothing is told of those that follow it.
    ...(versions.length > 0 ? versions : poolSteps(before, after)),
    ...smallerDisks(before, after),
  ];
}

function changedForLife(before: OnRecord, after: OnRecord): RefusedChange[] {
  return Object.entries(before.kept).flatMap(([path, was]) => {
    const is = after.kept[path];
    if (is === undefined || is === was) return [];
    return [
      {
        path,
        reason: `cannot change on a running platform: it is ${was}, the file says ${is}; set it back to ${was}, or build another environment and move to it`,
      },
    ];
  });
}

function versionSteps({ kubernetesVersion: was }: OnRecord, { kubernetesVersion: is }: OnRecord): RefusedChange[] {
  const path = "containerPlatform.kubernetesVersion";
  if (compare(is, was) < 0)
    return [
      {
        path,
        reason: `cannot go back: ${was} runs, the file says ${is}; Kubernetes supports no downgrade: set it to ${was} or newer`,
      },
    ];
  const next = `1.${minorNumber(was) + 1}`;
  if (minorNumber(is) > minorNumber(was) + 1)
    return [
      {
        path,
        reason: `must go one minor at a time: ${was} runs, the file says ${is}; set it to a ${next} first, then go on from there`,
      },
    ];
  return [];
}

/** Judges the steps of pools that are there before and after: masters go first, while these still have their old version. */
function poolSteps(before: OnRecord, after: OnRecord): RefusedChange[] {
  const controlPlane = after.kubernetesVersion;
  const pools = Object.keys(before.machines).filter((name) => isPool(name) && name in after.machines);
  return pools.flatMap((pool) => {
    const [was, is] = [recordedVersion(before, pool), recordedVersion(after, pool)];
    const path = `containerPlatform.workerPools[${pool}].kubernetesVersion`;
    if (compare(is, was) < 0)
      return [
        {
          path,
          reason: `cannot go back: ${was} runs, the file says ${is}; Kubernetes supports no downgrade: set it to ${was} or newer, or leave it out`,
        },
      ];
    if (!takesKubelet(controlPlane, was))
      return [
        {
          path,
          reason:
            `is too old for the control plane that is to come: ${was} runs, and an API server of ${controlPlane} takes kubelets at most ` +
            `${kubeletMinorsBehind} minors older; bring the pool to a 1.${minorNumber(controlPlane) - kubeletMinorsBehind} or newer first`,
        },
      ];
    if (minorNumber(is) > minorNumber(was) + 1 && is !== controlPlane)
      return [
        {
          path,
          reason: `must go one minor at a time, or to the control plane's version: ${was} runs, the file says ${is}; set it to a 1.${minorNumber(was) + 1} or to ${controlPlane}`,
        },
      ];
    return [];
  });
}

/** Gives the version of a pool's nodes that is on record. */
export const recordedVersion = ({ kubernetesVersion, poolVersions = {} }: OnRecord, pool: string): string =>
  poolVersions[pool] ?? kubernetesVersion;

function smallerDisks(before: OnRecord, after: OnRecord): RefusedChange[] {
  return Object.entries(before.dataDisksGiB).flatMap(([machine, was]) => {
    const is = after.dataDisksGiB[machine];
    if (is === undefined || is >= was) return [];
    return [
      {
        path: `dataDiskGiB of ${machine}`,
        reason: `cannot become smaller: the disk has ${was} GiB, the file says ${is}; set it back to ${was} or more`,
      },
    ];
  });
}
