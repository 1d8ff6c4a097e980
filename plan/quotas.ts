import { type ApplicationFirewallRule, applicationFirewall } from "../config/application-platform/firewall.ts";
import { gatewayListeners } from "../config/application-platform/gateway.ts";
import type { Environment } from "../config/environment.ts";
import { isPair } from "../config/machines.ts";
import { type ApplicationPlan, vmsOf } from "./application-platform.ts";
import type { MachineGroup, PlannedMachine } from "./machines.ts";
import type { OpenPort } from "./ports.ts";

/** What a project must be allowed to have. */
export interface QuotaDemand {
  /** The cloud's own name of it, in words. */
  name: string;
  needed: number;
  /** What a new project may have where nobody raised it. */
  usualLimit: number;
}

interface Facts {
  environment: Environment;
  machines: readonly PlannedMachine[];
  groups: readonly MachineGroup[];
  ports: readonly OpenPort[];
  applicationPlatform?: ApplicationPlan;
}

/** Where a cloud's usual limits are published; nothing for others. */
export function quotaDemands(facts: Facts): QuotaDemand[] {
  switch (facts.environment.infrastructure.kind) {
    case "openstack":
      return openStackDemands(facts);
    case "aws":
      return listenerDemands("a network load balancer", facts);
    case "alibaba":
      return listenerDemands("a classic load balancer", facts);
    default:
      return [];
  }
}

/**
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
 * https://www.alibabacloud.com/help/en/slb/classic-load-balancer/product-overview/limits-1
 */
function listenerDemands(balancer: string, { applicationPlatform }: Facts): QuotaDemand[] {
  if (applicationPlatform?.gateway !== "load-balancer") return [];
  return [{ name: `listeners of ${balancer}`, needed: gatewayListeners.length, usualLimit: 50 }];
}

/**
 * The limits are the defaults of Nova (`quota.instances`, `cores`, `ram`), Cinder (`quota_volumes`, `quota_gigabytes`) and
 * Neutron (`quota_port`, `quota_floatingip`, `quota_security_group`, `quota_security_group_rule`).
 */
function openStackDemands(facts: Facts): QuotaDemand[] {
  const { environment, machines, groups, ports, applicationPlatform } = facts;
  const { infrastructure, network, containerPlatform, bastion } = environment;
  const types = new Map(infrastructure.machineTypes?.map((type) => [type.name, type]));
  const all = [...machines, ...vmsOf(applicationPlatform), ...(applicationPlatform?.passing ?? [])];
  const ofTypes = (value: "vcpus" | "memoryGiB") =>
    all.reduce((sum, { machineType = "", size }) => sum + (types.get(machineType)?.[value] ?? size[value]), 0);
  // Octavia has a list of its own of who may reach a load balancer.
  const roles = new Set(groups.map(({ role }) => role));
  const rules = ports
    .filter(({ role }) => roles.has(role))
    .reduce((sum, { fromRoles, fromCidrs }) => sum + fromRoles.length + fromCidrs.length, 0);
  const { securityGroups, securityGroupRules } = applicationGroups(environment);
  const diskGiB = all.reduce((sum, { size, dataDisk }) => sum + size.diskGiB + (dataDisk?.sizeGiB ?? 0), 0);
  const dataDisks = all.filter(({ dataDisk }) => dataDisk).length;
  // That a pair of machines shares, or a load balancer has.
  const gatewayPorts = isPair(containerPlatform) || containerPlatform.gateway === "load-balancer" ? 1 : 0;
  const applicationBalancers = applicationPlatform?.gateway === "load-balancer" ? 1 : 0;
  const subnets = applicationPlatform ? 2 * network.zones : network.zones;
  return [
    { name: "instances", needed: all.length, usualLimit: 10 },
    { name: "cores", needed: ofTypes("vcpus"), usualLimit: 20 },
    { name: "GiB of memory", needed: ofTypes("memoryGiB"), usualLimit: 50 },
    { name: "volumes", needed: all.length + dataDisks, usualLimit: 10 },
    { name: "GiB of volumes", needed: diskGiB, usualLimit: 1000 },
    // The router has one in each subnet.
    { name: "ports", needed: all.length + gatewayPorts + applicationBalancers + subnets, usualLimit: 500 },
    { name: "floating addresses", needed: (bastion ? 2 : 1) + (applicationPlatform ? 1 : 0), usualLimit: 50 },
    { name: "security groups", needed: roles.size + securityGroups, usualLimit: 10 },
    // Each group is made with two that let everything out.
    { name: "security group rules", needed: rules + 2 * roles.size + securityGroupRules, usualLimit: 100 },
  ];
}

/** Each security group is made with two rules. The load balancer's list is its own. */
function applicationGroups(environment: Environment): { securityGroups: number; securityGroupRules: number } {
  const groups = [...applicationFirewall(environment)].filter(([name]) => name !== "gateway");
  // A load balancer reaches VMs from each zone's subnet.
  const each = ({ source }: ApplicationFirewallRule) =>
    "group" in source && source.group === "gateway" ? environment.network.zones : 1;
  const rules = groups.reduce((sum, [, own]) => sum + own.reduce((count, rule) => count + each(rule), 2), 0);
  return { securityGroups: groups.length, securityGroupRules: rules };
}
