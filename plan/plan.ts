import { basename } from "node:path";
import type { Environment } from "../config/environment.ts";
import type { PriceTable } from "../config/infrastructure/price-table.ts";
import { poolsBehind } from "../config/pool-version.ts";
import type { LoadedTransforms } from "../config/transforms.ts";
import { evaluate, type PolicyReport } from "../policies/evaluate.ts";
import { type ApplicationPlan, applicationPlan, countedOf, vmsOf } from "./application-platform.ts";
import { applicationWarnings } from "./application-warnings.ts";
import { regionOf } from "./cloud-names.ts";
import { type Cost, costOf } from "./cost.ts";
import { type PlannedImage, plannedImages } from "./images.ts";
import {
  type MachineGroup,
  machineGroups,
  type PlannedMachine,
  plannedMachines,
  type Totals,
  totalsOf,
} from "./machines.ts";
import { type NetworkPlan, networkPlan } from "./network.ts";
import { type EntryPoint, entryPoints, type OpenPort, openPorts } from "./ports.ts";
import { type QuotaDemand, quotaDemands } from "./quotas.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** All that is known of an environment before anything is created. The shape of `./kpaas plan --json`: see docs/plan.md. */
export interface Plan {
  /** Rises when a field goes or changes its meaning; new fields do not raise it. */
  formatVersion: 1;
  environment: string;
  purpose: Environment["purpose"];
  infrastructure: { kind: string; region?: string };
  kubernetes: KubernetesPlan;
  totals: Totals;
  groups: MachineGroup[];
  machines: PlannedMachine[];
  network: NetworkPlan;
  ports: OpenPort[];
  entryPoints: EntryPoint[];
  images: PlannedImage[];
  /** Absent where there is none. `groups`, `machines` and `ports` are the container platform's; all else counts both. */
  applicationPlatform?: ApplicationPlan;
  quotas: QuotaDemand[];
  warnings: Warning[];
  cost: Cost;
  /** Report of the rules of `policies/` that need no cloud. */
  policies: PolicyReport;
  /** Absent where the environment has no transform file. */
  transforms?: TransformPlan;
}

export interface KubernetesPlan {
  version: string;
  /** Versions of pools whose nodes wait behind the control plane, by their names; absent where none does. */
  poolsBehind?: Record<string, string>;
  podNetwork: string;
}

export function kubernetesPlan({ containerPlatform }: Environment): KubernetesPlan {
  const { kubernetesVersion: version, podNetwork } = containerPlatform;
  const behind = poolsBehind(containerPlatform);
  return { version, ...(Object.keys(behind).length > 0 ? { poolsBehind: behind } : {}), podNetwork };
}

/** Renders `1.37.2 (pool web: 1.36.3)`. */
export function versionInWords({ version, poolsBehind = {} }: KubernetesPlan): string {
  const pools = Object.entries(poolsBehind).map(([pool, older]) => `pool ${pool}: ${older}`);
  return pools.length > 0 ? `${version} (${pools.join(", ")})` : version;
}

/** The plan shows what kpaas would make; what a transform makes of it is in the preview. */
export interface TransformPlan {
  /** The file's name, without its folder. */
  file: string;
  /** Type tokens of the resources whose arguments it changes. */
  types: string[];
}

/**
 * Computes the plan from the same pure functions as the Pulumi program; a test compares it with what the program registers.
 * @throws UserError where the environment names a policy that does not exist.
 */
export function planOf(
  environment: Environment,
  prices?: PriceTable,
  transforms?: Pick<LoadedTransforms, "path" | "types">,
): Plan {
  const { infrastructure, network: settings } = environment;
  const machines = plannedMachines(environment);
  const groups = machineGroups(machines, settings.zones);
  const applicationPlatform = applicationPlan(environment);
  const totals = totalsOf([...groups, ...(applicationPlatform ? countedOf(applicationPlatform) : [])]);
  const network = networkPlan(environment, groups);
  const ports = openPorts(environment, groups);
  const quotas = quotaDemands({ environment, machines, groups, ports, applicationPlatform });
  const cost = costOf(environment, [...machines, ...vmsOf(applicationPlatform)], prices);
  return {
    formatVersion: 1,
    environment: environment.name,
    purpose: environment.purpose,
    infrastructure: { kind: infrastructure.kind, region: regionOf(environment) },
    kubernetes: kubernetesPlan(environment),
    totals,
    groups,
    machines,
    network,
    ports,
    entryPoints: entryPoints(environment, ports, machines, network.gateway),
    images: plannedImages(environment),
    ...(applicationPlatform ? { applicationPlatform } : {}),
    quotas,
    warnings: [
      ...warningsOf(environment, groups, quotas),
      ...(applicationPlatform ? applicationWarnings(environment, applicationPlatform) : []),
    ],
    cost,
    policies: evaluate(environment, { monthlyCost: wholeCost(cost) }),
    ...(transforms ? { transforms: { file: basename(transforms.path), types: transforms.types } } : {}),
  };
}

/** Gives what a month costs, undefined where only a part of it is known: a budget is not compared with that. */
function wholeCost(cost: Cost): { amount: number; currency: string } | undefined {
  if (cost.status !== "priced" || cost.unpriced.length > 0) return undefined;
  return { amount: cost.monthly, currency: cost.currency };
}
