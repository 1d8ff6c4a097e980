import { roleBlocks, workersRoom } from "../config/addresses.ts";
import type { Environment } from "../config/environment.ts";
import { hostsOfPlatformAlone } from "../config/image-sources.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { poolsBehind } from "../config/pool-version.ts";
import { type Role, roleFacts, roles } from "../config/roles/index.ts";
import type { Outage } from "../config/roles/role.ts";
import type { MachineGroup } from "./machines.ts";
import type { QuotaDemand } from "./quotas.ts";

export interface Warning {
  /** Stable: for tools that filter. */
  id: string;
  /** high: the platform stops. medium: a part of it stops, or no change is possible. low: worth knowing. */
  severity: "high" | "medium" | "low";
  text: string;
  /** The change that would end it; absent where nothing in the environment file does. */
  remedy?: string;
}

/** Warns of what the environment's rules allow, and an architect should still know of. */
export function warningsOf(
  environment: Environment,
  groups: readonly MachineGroup[],
  quotas: readonly QuotaDemand[],
): Warning[] {
  return [
    ...singleMachines(environment, groups),
    ...unfilledRegistry(environment),
    ...zones(environment, groups),
    ...room(environment, groups),
    ...quotaExcess(quotas),
    ...waitingPools(environment),
  ];
}

function singleMachines(environment: Environment, groups: readonly MachineGroup[]): Warning[] {
  const counts = new Map<Role, number>();
  for (const { role, count } of groups) counts.set(role, (counts.get(role) ?? 0) + count);
  return roles
    .filter((role) => counts.get(role) === 1)
    .map((role) => ({ role, ...outageOf(environment, role) }))
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
    .map(({ role, severity, loss, remedy }) => ({
      id: `single-${role}`,
      severity,
      text: `one ${role} machine: while it is away, ${loss}`,
      remedy,
    }));
}

const severities: Warning["severity"][] = ["high", "medium", "low"];

/** Gives the outage that the role's facts tell, but where settings decide. */
function outageOf(environment: Environment, role: Role): Outage {
  const { infrastructure } = environment;
  const { outage } = roleFacts[role];
  if (role === "registry" && hostsOfPlatformAlone(environment).length > 0)
    return { ...outage, loss: "no image can be pulled, upstream ones neither" };
  if (role === "haproxy" && !capabilitiesOf(infrastructure).virtualAddress) return { ...outage, remedy: undefined };
  return outage;
}

/** On this host the registry's machine comes with images; everywhere else it is made empty. */
function unfilledRegistry(environment: Environment): Warning[] {
  const hosts = hostsOfPlatformAlone(environment);
  const { fill } = environment.containerPlatform.registry;
  if (hosts.length === 0 || fill !== "byHand" || capabilitiesOf(environment.infrastructure).onThisHost) return [];
  return [
    {
      id: "registry-must-be-filled",
      severity: "high",
      text: `nodes get images of ${hosts.join(", ")} from the platform's registry alone, which is empty when it is made: no node starts before it has them`,
      remedy: "containerPlatform.registry.fill: installer, or a registry of the site in its mirrors; docs/images.md",
    },
  ];
}

function zones({ infrastructure, network }: Environment, groups: readonly MachineGroup[]): Warning[] {
  if (capabilitiesOf(infrastructure).onThisHost)
    return [{ id: "single-host", severity: "high", text: "every machine is a container of this one host" }];
  if (network.zones === 1)
    return [
      {
        id: "single-zone",
        severity: "high",
        text: "one zone: its loss is the platform's",
        remedy: "network.zones: 3, with three infrastructure.availabilityZones",
      },
    ];
  const masters = groups.find(({ role }) => role === "master");
  const most = Math.max(...(masters?.perZone ?? [0]));
  if (!masters || masters.count === 1 || most * 2 < masters.count) return [];
  return [
    {
      id: "etcd-majority-in-one-zone",
      severity: "high",
      text: `one zone has ${most} of ${masters.count} masters: without it etcd has no majority`,
      remedy: "network.zones: 3",
    },
  ];
}

/** Share of a range from which growth deserves a thought. */
const nearlyFull = 0.8;

function room(environment: Environment, groups: readonly MachineGroup[]): Warning[] {
  const workers = groups.filter(({ role }) => role === "worker");
  const busiest = roleBlocks(environment, "worker").map((_, zone) =>
    workers.reduce((sum, { perZone }) => sum + (perZone[zone] ?? 0), 0),
  );
  const [most, places] = [Math.max(...busiest), workersRoom(environment)];
  if (most < places * nearlyFull) return [];
  const text = `a zone's range has ${places} addresses for workers, of which ${most} are taken: it cannot be made larger later`;
  return [
    { id: "worker-addresses-nearly-used", severity: "low", text, remedy: "a larger network.cidr, from the start" },
  ];
}

function waitingPools({ name, containerPlatform }: Environment): Warning[] {
  const { kubernetesVersion } = containerPlatform;
  return Object.entries(poolsBehind(containerPlatform)).map(([pool, version]) => ({
    id: "pool-behind",
    severity: "low",
    text: `pool ${pool} waits at Kubernetes ${version} behind the control plane's ${kubernetesVersion}`,
    remedy: `./kpaas upgrade ${name} --to ${kubernetesVersion} takes its kubernetesVersion out and brings it on`,
  }));
}

function quotaExcess(quotas: readonly QuotaDemand[]): Warning[] {
  const over = quotas.filter(({ needed, usualLimit }) => needed > usualLimit);
  if (over.length === 0) return [];
  const list = over.map(({ name, needed, usualLimit }) => `${name} ${needed} (${usualLimit})`).join(", ");
  return [
    {
      id: "above-usual-quota",
      severity: "low",
      text: `more than a project's usual quota, in brackets: ${list}`,
      remedy: "ask for the project's quota to be raised before up",
    },
  ];
}
