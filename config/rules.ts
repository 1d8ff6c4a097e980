import { Address4 } from "ip-address";
import { rangesOverlap, workersRoom, zoneRanges } from "./addresses.ts";
import { applicationRules } from "./application-platform/rules.ts";
import type { Environment } from "./environment.ts";
import { isDnsLabel } from "./formats.ts";
import { hostsWithoutSource } from "./image-sources.ts";
import type { Choice } from "./infrastructure/capabilities.ts";
import { capabilitiesOf } from "./infrastructure/catalog.ts";
import { machineSets } from "./machine-sets.ts";
import { smallestFitting } from "./machine-types.ts";
import { servesPackages } from "./packages.ts";
import { skewProblem } from "./pool-version.ts";
import { type Problem, problem } from "./problems.ts";
import { roles } from "./roles/index.ts";
import type { Rule } from "./rule.ts";
import { surgeOfPool } from "./surge.ts";
import { minorOf, podNetworks } from "./versions.ts";

const pools = "containerPlatform.workerPools";

/** Rules over several settings: all that no single one can tell. */
export const rules: Rule[] = [
  { reads: [], problems: environmentName },
  { reads: [`${pools}.*.name`, `${pools}.*.count`, `${pools}.*.rollout`], problems: hostNames },
  { reads: [`${pools}.*.name`], problems: poolNames },
  { reads: ["network.cidr", "network.podCidr", "network.serviceCidr"], problems: disjointRanges },
  { reads: ["infrastructure", "network.cidr", "network.zones"], problems: zonesHoldSubnets },
  { reads: [`${pools}.*.rollout`], problems: rolloutsMove },
  { reads: ["network.cidr", "network.zones", `${pools}.*.count`, `${pools}.*.rollout`], problems: zonesHoldWorkers },
  {
    reads: ["network.podCidr", "containerPlatform.masters.count", `${pools}.*.count`, `${pools}.*.rollout`],
    problems: podRangeHoldsNodes,
  },
  { reads: ["containerPlatform.kubernetesVersion", "containerPlatform.podNetwork"], problems: podNetworkVersion },
  { reads: ["containerPlatform.kubernetesVersion", `${pools}.*.kubernetesVersion`], problems: poolVersions },
  { reads: ["containerPlatform.storage.kind"], problems: storageIsBuilt },
  { reads: ["containerPlatform.storage.kind", `${pools}.*.count`], problems: workersForStorage },
  { reads: [`${pools}.*.count`, `${pools}.*.taints`], problems: workersForSystemPods },
  {
    reads: ["mirrorUpstream", "mirrors", "upstream"].map((key) => `containerPlatform.registry.${key}`),
    problems: imagesHaveSource,
  },
  { reads: ["infrastructure", "network.zones"], problems: zonesAreOffered },
  { reads: ["infrastructure", "containerPlatform.podNetwork"], problems: podNetworkIsOffered },
  { reads: ["infrastructure", "containerPlatform.kubernetesVersion"], problems: kubernetesVersionIsOffered },
  { reads: ["infrastructure", `${pools}.*.kubernetesVersion`], problems: poolVersionsAreOffered },
  { reads: ["infrastructure", "containerPlatform.haproxy.count"], problems: sharedAddress },
  { reads: ["infrastructure", "containerPlatform.gateway"], problems: loadBalancerExists },
  { reads: ["infrastructure", "containerPlatform.gateway", "network.zones"], problems: zonesForLoadBalancer },
  { reads: ["containerPlatform.gateway", "containerPlatform.haproxy"], problems: haproxyHasUse },
  { reads: ["infrastructure", "network.adminCidrs"], problems: operatorsNamed },
  { reads: ["infrastructure", "bastion"], problems: bastionHasUse },
  { reads: ["infrastructure", "network.zones"], problems: zonesExist },
  { reads: ["infrastructure", "packages.source"], problems: packagesAreWanted },
  {
    reads: ["infrastructure", "bastion", "containerPlatform", pools, "applicationPlatform"],
    problems: machineTypesFit,
  },
  ...applicationRules,
];

/** Longest name that leaves room for the default domain and the certificates' common names. */
const longestEnvironmentName = 40;

function environmentName({ name }: Environment): Problem[] {
  if (isDnsLabel(name, longestEnvironmentName)) return [];
  const rule = `must be lower-case letters, digits and hyphens, at most ${longestEnvironmentName}: host names begin with it`;
  return [problem(["stack name"], rule, name, "choose another name for the stack")];
}

function hostNames({ name, containerPlatform }: Environment): Problem[] {
  return containerPlatform.workerPools.flatMap((pool, index) => {
    const longest = `${name}-${pool.name}-${Math.max(pool.count + surgeOfPool(pool), 1)}`;
    if (longest.length <= 63) return [];
    const rule = `must leave host names at most 63 characters: ${longest} has ${longest.length}`;
    return [problem(poolPath(index, "name"), rule, pool.name, "shorten it")];
  });
}

const takenNames: string[] = roles.filter((role) => role !== "worker");

function poolNames({ containerPlatform }: Environment): Problem[] {
  const names = containerPlatform.workerPools.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const path = poolPath(index, "name");
    if (takenNames.includes(name)) return [problem(path, "must not be the name of a role", name, "choose another")];
    if (names.indexOf(name) < index)
      return [problem(path, "must differ from every other pool's", name, "choose another")];
    return [];
  });
}

function disjointRanges({ network }: Environment): Problem[] {
  const keys = ["cidr", "podCidr", "serviceCidr"] as const;
  return keys.flatMap((key, index) =>
    keys
      .slice(0, index)
      .filter((other) => rangesOverlap(network[key], network[other]))
      .map((other) =>
        problem(
          ["network", key],
          `must not overlap network.${other}, ${network[other]}`,
          network[key],
          "machines, pods and services need a range each",
        ),
      ),
  );
}

/** Prefix of the smallest subnet whose lower half holds the fixed role blocks. */
const longestZonePrefix = 25;

function zonesHoldSubnets({ infrastructure, network }: Environment): Problem[] {
  const longest = capabilitiesOf(infrastructure).longestZonePrefix ?? longestZonePrefix;
  const prefix = new Address4(zoneRanges({ network })[0] as string).subnetMask;
  if (prefix <= longest) return [];
  const needed = new Address4(network.cidr).subnetMask - (prefix - longest);
  const rule = `must leave each of ${network.zones} zones at least a /${longest}`;
  return [problem(["network", "cidr"], rule, network.cidr, `use a /${needed} or larger`)];
}

function zonesHoldWorkers({ network, containerPlatform }: Environment): Problem[] {
  const room = workersRoom({ network });
  const inZone = (machines: number) => Math.ceil(machines / network.zones);
  const busiest = containerPlatform.workerPools.reduce((sum, pool) => sum + inZone(pool.count + surgeOfPool(pool)), 0);
  if (busiest <= room) return [];
  const rule = `must hold the workers${andStandIns(containerPlatform)}: ${busiest} in one zone, room for ${room}`;
  return [problem(["network", "cidr"], rule, network.cidr, "use a larger range or fewer workers")];
}

/** Says, where there are such, that machines are counted that stand in for others. */
const andStandIns = ({ workerPools }: Environment["containerPlatform"]): string =>
  workerPools.some((pool) => surgeOfPool(pool) > 0) ? " and those that stand in for them (rollout.maxSurge)" : "";

function rolloutsMove({ containerPlatform }: Environment): Problem[] {
  return containerPlatform.workerPools.flatMap(({ rollout: { maxUnavailable, maxSurge } }, index) => {
    if (maxUnavailable !== 0 || maxSurge !== 0) return [];
    const path = [...poolPath(index, "rollout"), "maxUnavailable"];
    return [problem(path, "must be 1 or more where maxSurge is 0", maxUnavailable, "use 1, or set maxSurge to 1")];
  });
}

function podRangeHoldsNodes({ network, containerPlatform }: Environment): Problem[] {
  const surge = containerPlatform.workerPools.reduce((sum, pool) => sum + surgeOfPool(pool), 0);
  const nodes = containerPlatform.masters.count + workerCount(containerPlatform) + surge;
  const prefix = new Address4(network.podCidr).subnetMask;
  const room = 2 ** (24 - prefix);
  if (nodes <= room) return [];
  const rule = `must hold a /24 for each node${andStandIns(containerPlatform)}: ${nodes} nodes, room for ${room}`;
  return [
    problem(["network", "podCidr"], rule, network.podCidr, `use a /${24 - Math.ceil(Math.log2(nodes))} or larger`),
  ];
}

function podNetworkVersion({ containerPlatform }: Environment): Problem[] {
  const { podNetwork, kubernetesVersion } = containerPlatform;
  const { version, kubernetesMinors } = podNetworks[podNetwork];
  if (kubernetesMinors.includes(minorOf(kubernetesVersion))) return [];
  const rule = `${podNetwork} ${version} is not made for Kubernetes ${minorOf(kubernetesVersion)}`;
  const others = Object.keys(podNetworks).filter((other) => other !== podNetwork);
  const remedy = `use Kubernetes ${kubernetesMinors.join(" or ")}, or ${others.join(" or ")}`;
  return [problem(["containerPlatform", "kubernetesVersion"], rule, kubernetesVersion, remedy)];
}

function poolVersions({ containerPlatform: { kubernetesVersion, workerPools } }: Environment): Problem[] {
  return workerPools.flatMap((pool, index) => {
    if (pool.kubernetesVersion === undefined) return [];
    const found = skewProblem(kubernetesVersion, pool.kubernetesVersion);
    return found
      ? [problem(poolPath(index, "kubernetesVersion"), found.rule, pool.kubernetesVersion, found.remedy)]
      : [];
  });
}

function storageIsBuilt({ containerPlatform: { storage } }: Environment): Problem[] {
  if (storage.kind === "nfs") return [];
  return [problem(["containerPlatform", "storage", "kind"], `${storage.kind} is not yet built`, undefined, "use nfs")];
}

const workersNeeded = { nfs: 1, "rook-ceph": 3 };

function workersForStorage({ containerPlatform }: Environment): Problem[] {
  const { kind } = containerPlatform.storage;
  const [count, needed] = [workerCount(containerPlatform), workersNeeded[kind]];
  if (count >= needed) return [];
  const rule = `too few workers for storage of kind ${kind}, which needs ${needed}`;
  return [problem(["containerPlatform", "workerPools"], rule, count, "raise a pool's count")];
}

function workersForSystemPods({ containerPlatform }: Environment): Problem[] {
  const staffed = containerPlatform.workerPools.filter(({ count }) => count > 0);
  const open = staffed.some(({ taints }) => taints.every(({ effect }) => effect === "PreferNoSchedule"));
  if (open || staffed.length === 0) return [];
  const rule = "every worker is tainted, so that the platform's own pods have nowhere to run";
  return [problem(["containerPlatform", "workerPools"], rule, undefined, "leave one pool without taints")];
}

function imagesHaveSource(environment: Environment): Problem[] {
  const hosts = hostsWithoutSource(environment);
  if (hosts.length === 0) return [];
  const rule = `must not be never where no registry of the site stands in for ${hosts.join(", ")}`;
  const remedy = "set registry.mirrorUpstream to true, or name a registry that serves them in registry.mirrors";
  return [problem(["containerPlatform", "registry", "upstream"], rule, "never", remedy)];
}

function zonesAreOffered({ infrastructure, network }: Environment): Problem[] {
  return choiceIsOffered(capabilitiesOf(infrastructure).zones, ["network", "zones"], network.zones);
}

function podNetworkIsOffered({ infrastructure, containerPlatform: { podNetwork } }: Environment): Problem[] {
  const path = ["containerPlatform", "podNetwork"];
  return choiceIsOffered(capabilitiesOf(infrastructure).podNetworks, path, podNetwork);
}

function kubernetesVersionIsOffered({ infrastructure, containerPlatform }: Environment): Problem[] {
  const path = ["containerPlatform", "kubernetesVersion"];
  return choiceIsOffered(capabilitiesOf(infrastructure).kubernetesVersions, path, containerPlatform.kubernetesVersion);
}

function poolVersionsAreOffered({ infrastructure, containerPlatform }: Environment): Problem[] {
  const { kubernetesVersions } = capabilitiesOf(infrastructure);
  return containerPlatform.workerPools.flatMap(({ kubernetesVersion }, index) =>
    kubernetesVersion === undefined
      ? []
      : choiceIsOffered(kubernetesVersions, poolPath(index, "kubernetesVersion"), kubernetesVersion),
  );
}

function choiceIsOffered<T>(choice: Choice<T> | undefined, path: PropertyKey[], value: T): Problem[] {
  if (!choice || choice.values.includes(value)) return [];
  const values = choice.values.join(" or ");
  return [problem(path, `must be ${values} on ${choice.where}`, value, `use ${values}`)];
}

function sharedAddress({ infrastructure, containerPlatform: { haproxy } }: Environment): Problem[] {
  if (!haproxy || haproxy.count === 1 || capabilitiesOf(infrastructure).virtualAddress) return [];
  const rule = `a pair needs a virtual address, which is not yet built on ${infrastructure.kind}`;
  return [problem(["containerPlatform", "haproxy", "count"], rule, haproxy.count, "use 1")];
}

function loadBalancerExists({ infrastructure, containerPlatform: { gateway } }: Environment): Problem[] {
  if (gateway === "haproxy" || capabilitiesOf(infrastructure).loadBalancer) return [];
  const rule = `must be haproxy on ${infrastructure.kind}, where no load balancer is built`;
  return [problem(["containerPlatform", "gateway"], rule, gateway, "use haproxy")];
}

function zonesForLoadBalancer({ infrastructure, network: { zones }, containerPlatform }: Environment): Problem[] {
  const { loadBalancerLeastZones: least = 1 } = capabilitiesOf(infrastructure);
  if (containerPlatform.gateway !== "load-balancer" || zones >= least) return [];
  const rule = `must be at least ${least} for the load balancer of ${infrastructure.kind}`;
  return [problem(["network", "zones"], rule, zones, `use ${least}, or set containerPlatform.gateway to haproxy`)];
}

function haproxyHasUse({ containerPlatform: { gateway, haproxy } }: Environment): Problem[] {
  if (gateway === "haproxy" || !haproxy) return [];
  const rule = `is for gateway haproxy, and containerPlatform.gateway is ${gateway}`;
  return [problem(["containerPlatform", "haproxy"], rule, undefined, "remove one of the two")];
}

function operatorsNamed({ infrastructure, network }: Environment): Problem[] {
  if (network.adminCidrs.length > 0) return [];
  const rule = `is required on ${infrastructure.kind}: nobody could reach the platform`;
  return [problem(["network", "adminCidrs"], rule, undefined, "name your operators' own ranges")];
}

function bastionHasUse({ infrastructure, bastion }: Environment): Problem[] {
  if (!bastion || capabilitiesOf(infrastructure).bastion) return [];
  const rule = `is not for ${infrastructure.kind}, whose machines are reached without one`;
  return [problem(["bastion"], rule, undefined, "remove it")];
}

function zonesExist({ infrastructure, network }: Environment): Problem[] {
  if (capabilitiesOf(infrastructure).zones) return [];
  const { availabilityZones = [] } = infrastructure;
  if (Math.max(availabilityZones.length, 1) >= network.zones) return [];
  const rule = `must be no more than infrastructure.availabilityZones names: ${availabilityZones.join(", ") || "none"}`;
  return [problem(["network", "zones"], rule, network.zones, "name more zones or use fewer")];
}

function packagesAreWanted(environment: Environment): Problem[] {
  const { infrastructure, packages } = environment;
  if (!servesPackages(environment) || !capabilitiesOf(infrastructure).onThisHost) return [];
  const rule = `must be machine on ${infrastructure.kind}, whose machines come with all of theirs`;
  return [problem(["packages", "source"], rule, packages.source, "use machine")];
}

function machineTypesFit(environment: Environment): Problem[] {
  const { machineTypes } = environment.infrastructure;
  if (!machineTypes) return [];
  return machineSets(environment)
    .filter(({ size }) => !smallestFitting(machineTypes, size))
    .map(({ path, size: { vcpus, memoryGiB } }) => {
      const rule = `no type of infrastructure.machineTypes has ${vcpus} processors and ${memoryGiB} GiB of memory`;
      return problem([...path, "size"], rule, undefined, "name a larger type or ask for less");
    });
}

function workerCount({ workerPools }: Environment["containerPlatform"]): number {
  return workerPools.reduce((sum, { count }) => sum + count, 0);
}

function poolPath(index: number, key: string): PropertyKey[] {
  return ["containerPlatform", "workerPools", index, key];
}
