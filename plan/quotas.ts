import { type ApplicationFirewallRule, applicationFirewall } from "../config/application-platform/firewall.ts";
import { gatewayListeners } from "../config/application-platform/gateway.ts";
import type { Environment } from "../config/environment.ts";
import { known } from "../config/infrastructure/absent.ts";
import { factsOf } from "../config/infrastructure/catalog.ts";
import type { CountedThing, UsualQuotas } from "../config/infrastructure/quotas.ts";
import { isPair } from "../config/machines.ts";
import { type ApplicationPlan, vmsOf } from "./application-platform.ts";
import { countBilledParts } from "./billed-parts.ts";
import { type MachineGroup, type PlannedMachine, plannedStandIns } from "./machines.ts";
import type { OpenPort } from "./ports.ts";

/** A quota that a project must be allowed. */
export interface QuotaDemand {
  /** The cloud's own name of it, in words. */
  name: string;
  needed: number;
  /** Limit of a new project where nobody raised it. */
  usualLimit: number;
}

interface Facts {
  environment: Environment;
  machines: readonly PlannedMachine[];
  groups: readonly MachineGroup[];
  ports: readonly OpenPort[];
  applicationPlatform?: ApplicationPlan;
}

/** Compares what an environment needs with its cloud's usual limits; lists nothing where those are not known. */
export function quotaDemands(facts: Facts): QuotaDemand[] {
  const quotas = known(factsOf(facts.environment.infrastructure).usualQuotas);
  if (!quotas) return [];
  const needed = countThings(facts, quotas);
  return (Object.keys(quotas.limits) as CountedThing[]).flatMap((thing) => {
    const limit = quotas.limits[thing];
    return limit && needed[thing] > 0 ? [{ name: limit.name, needed: needed[thing], usualLimit: limit.limit }] : [];
  });
}

function countThings(facts: Facts, quotas: UsualQuotas): Record<CountedThing, number> {
  const { environment, machines, applicationPlatform } = facts;
  const { infrastructure } = environment;
  const types = new Map(infrastructure.machineTypes?.map((type) => [type.name, type]));
  const passing = [...(applicationPlatform?.passing ?? []), ...plannedStandIns(environment)];
  const all = [...machines, ...vmsOf(applicationPlatform), ...passing];
  const ofTypes = (value: "vcpus" | "memoryGiB") =>
    all.reduce((sum, { machineType = "", size }) => sum + (types.get(machineType)?.[value] ?? size[value]), 0);
  return {
    machines: all.length,
    vcpus: ofTypes("vcpus"),
    memoryGiB: ofTypes("memoryGiB"),
    volumes: all.length + all.filter(({ dataDisk }) => dataDisk).length,
    volumesGiB: all.reduce((sum, { size, dataDisk }) => sum + size.diskGiB + (dataDisk?.sizeGiB ?? 0), 0),
    networkPorts: all.length + portsBesideMachines(facts),
    publicAddresses: countBilledParts(environment).addresses,
    ...countSecurityGroups(facts, quotas),
    loadBalancerListeners: applicationPlatform?.gateway === "load-balancer" ? gatewayListeners.length : 0,
  };
}

/** Counts the ports of the address that a pair of machines shares, of load balancers, and of the router in each subnet. */
function portsBesideMachines({ environment, applicationPlatform }: Facts): number {
  const { containerPlatform, network } = environment;
  const gateway = isPair(containerPlatform) || containerPlatform.gateway === "load-balancer" ? 1 : 0;
  const applicationGateway = applicationPlatform?.gateway === "load-balancer" ? 1 : 0;
  const subnets = applicationPlatform ? 2 * network.zones : network.zones;
  return gateway + applicationGateway + subnets;
}

/** Counts the groups of machines and VMs: a load balancer has a list of its own of who may reach it. */
function countSecurityGroups({ environment, groups, ports }: Facts, { rulesInEachSecurityGroup = 0 }: UsualQuotas) {
  const roles = new Set(groups.map(({ role }) => role));
  const roleRules = ports
    .filter(({ role }) => roles.has(role))
    .reduce((sum, { fromRoles, fromCidrs }) => sum + fromRoles.length + fromCidrs.length, 0);
  const vmGroups = [...applicationFirewall(environment)].filter(([name]) => name !== "gateway");
  // A load balancer reaches VMs from each zone's subnet.
  const sourcesOf = ({ source }: ApplicationFirewallRule) =>
    "group" in source && source.group === "gateway" ? environment.network.zones : 1;
  const vmRules = vmGroups.flatMap(([, rules]) => rules).reduce((sum, rule) => sum + sourcesOf(rule), 0);
  const securityGroups = roles.size + vmGroups.length;
  return { securityGroups, securityGroupRules: roleRules + vmRules + rulesInEachSecurityGroup * securityGroups };
}
