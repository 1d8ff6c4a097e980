import { machineFiles, userData } from "../components/first-boot/index.ts";
import type { Environment } from "../config/environment.ts";
import { filledHosts } from "../config/image-sources.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { type MachinePlan, planMachines } from "../config/machines.ts";
import { keptSettings } from "../config/on-record.ts";
import { kubernetesVersionOf } from "../config/pool-version.ts";
import { isNode } from "../config/roles/index.ts";
import { minorOf } from "../config/versions.ts";
import { diskTypeOf, machineTypeFor, zoneName } from "./cloud-names.ts";
import type { ChangeKind, MachineChange } from "./rollout.ts";
import { platformFacts, shownToken } from "./user-data.ts";

/**
 * Lists the machines that both environments have and that change on the way from one to the other: how, and by which settings. Both have
 * the same name, as they are one platform before and after an edit.
 */
export function machineChanges(before: Environment, after: Environment): MachineChange[] {
  const [was, is] = [planMachines(before), planMachines(after)];
  const previous = new Map(was.map((plan) => [plan.name, plan]));
  const both = is.flatMap((plan) => {
    const old = previous.get(plan.name);
    return old ? [{ old, plan }] : [];
  });
  const settings = settingChanges(before, after);
  // Those of a pool differ by name and zone only: what is the same for all is found out once.
  const known = new Map<string, MachineChange | undefined>();
  return both.flatMap(({ old, plan }) => {
    const key = plan.pool === undefined ? plan.name : `${plan.pool} ${plan.zone}`;
    if (!known.has(key))
      known.set(key, changeOf({ environment: before, plan: old }, { environment: after, plan }, settings));
    const change = known.get(key);
    return change ? [{ ...change, machine: plan.name }] : [];
  });
}

/** A machine within its environment. */
interface Placed {
  environment: Environment;
  plan: MachinePlan;
}

function changeOf(before: Placed, after: Placed, settings: readonly SettingChange[]): MachineChange | undefined {
  for (const [kind, told] of aspects) {
    const was = told(before);
    if (was === told(after)) continue;
    const because = settings.filter((setting) => {
      const changed = placed(setting.applied(before.environment), before.plan.name);
      return changed && told(changed) !== was;
    });
    const change = { machine: after.plan.name, kind, because: because.map(({ path }) => path) };
    const isDrained = kind === "upgraded" && minorOf(was) !== minorOf(told(after));
    return isDrained ? { ...change, isDrained } : change;
  }
  return undefined;
}

function placed(environment: Environment, name: string): Placed | undefined {
  const plan = planMachines(environment).find((machine) => machine.name === name);
  return plan && { environment, plan };
}

/** Facts of a machine by the kind of their change, the one that asks most first. An image is none: it moves with the generation. */
const aspects: readonly [ChangeKind, (machine: Placed) => string][] = [
  ["replaced", identityOf],
  ["resized", hardwareOf],
  ["upgraded", ({ environment, plan }) => (isNode(plan.role) ? kubernetesVersionOf(environment, plan) : "")],
  ["changed", filesOf],
];

/** Gives what no machine can change while it lives. A container's volumes are such, too. */
function identityOf({ environment, plan }: Placed): string {
  const { privateIp = "", zone, dataDisk, size } = plan;
  const { onThisHost = false, bootDisk = {} } = capabilitiesOf(environment.infrastructure);
  const parts = [userData(plan), privateIp, zoneName(environment, zone)];
  if (onThisHost) return [...parts, dataDisk?.mountPath].join("\n");
  if (bootDisk.size === "replaced") parts.push(String(size.diskGiB));
  if (bootDisk.type === "replaced") parts.push(diskTypeOf(environment));
  return parts.join("\n");
}

/** Gives what a cloud can change of a machine at best with a restart; a machine on this host takes what it needs. */
function hardwareOf({ environment, plan: { size } }: Placed): string {
  const { onThisHost = false, bootDisk = {} } = capabilitiesOf(environment.infrastructure);
  if (onThisHost) return "";
  const parts = [machineTypeFor(environment, size)];
  if (!bootDisk.size) parts.push(String(Math.max(size.diskGiB, bootDisk.leastGiB ?? 0)));
  if (!bootDisk.type) parts.push(diskTypeOf(environment));
  return parts.join(" ");
}

/**
 * Gives all that a machine takes over in place. Of its secrets, how many there are follows from settings only in the database; nodes are
 * told digests of what the installer puts into the registry.
 */
function filesOf({ environment, plan }: Placed): string {
  const { consumers } = environment.containerPlatform.database;
  const files = machineFiles(plan, platformFacts(environment), { token: shownToken });
  const digestsOf = isNode(plan.role) ? filledHosts(environment) : [];
  return JSON.stringify([files, plan.role === "database" ? consumers : [], digestsOf]);
}

/** A setting that differs. */
interface SettingChange {
  path: string;
  /** Gives an environment in which this one setting is as it is after the edit. */
  applied(environment: Environment): Environment;
}

type Tree = Record<string, unknown>;

/** Lists the settings that differ; those that a platform keeps are refused, and change nothing. */
function settingChanges(before: Environment, after: Environment): SettingChange[] {
  const { workerPools: oldPools, ...oldPlatform } = before.containerPlatform;
  const { workerPools: newPools, ...newPlatform } = after.containerPlatform;
  const others = differences(
    { ...before, containerPlatform: oldPlatform },
    { ...after, containerPlatform: newPlatform },
  );
  const pools = oldPools.flatMap((pool, index) => {
    const now = newPools.find(({ name }) => name === pool.name);
    if (!now) return [];
    return differences(pool, now).map(({ keys, value }) => ({
      path: `containerPlatform.workerPools[${pool.name}].${keys.join(".")}`,
      keys: ["containerPlatform", "workerPools", index, ...keys],
      value,
    }));
  });
  return [...others.map(({ keys, value }) => ({ path: keys.join("."), keys, value })), ...pools]
    .filter(({ path }) => !keptSettings.includes(path))
    .map(({ path, keys, value }) => ({ path, applied: (environment) => withValue(environment, keys, value) }));
}

/** Lists where two trees differ, with the second one's value. Lists are compared as a whole. */
function differences(one: object, other: object, above: readonly string[] = []): { keys: string[]; value: unknown }[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [(one as Tree)[key], (other as Tree)[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return isTree(was) && isTree(is) ? differences(was, is, [...above, key]) : [{ keys: [...above, key], value: is }];
  });
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

function withValue(environment: Environment, keys: readonly PropertyKey[], value: unknown): Environment {
  const copy = structuredClone(environment);
  const parent = keys.slice(0, -1).reduce<unknown>((tree, key) => (tree as Tree)[key as string], copy) as Tree;
  const last = keys.at(-1) as string;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
