import type { Environment } from "../config/environment.ts";
import { isPair } from "../config/machines.ts";
import type { MachineGroup, PlannedMachine, Totals } from "./machines.ts";
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
  totals: Totals;
  ports: readonly OpenPort[];
}

/** Where a cloud's usual limits are published; nothing for others. */
export function quotaDemands(facts: Facts): QuotaDemand[] {
  return facts.environment.infrastructure.kind === "openstack" ? openStackDemands(facts) : [];
}

/**
 * The limits are the defaults of Nova (`quota.instances`, `cores`, `ram`), Cinder (`quota_volumes`, `quota_gigabytes`) and
 * Neutron (`quota_port`, `quota_floatingip`, `quota_security_group`, `quota_security_group_rule`).
 */
function openStackDemands({ environment, machines, groups, totals, ports }: Facts): QuotaDemand[] {
  const { infrastructure, network, containerPlatform, bastion } = environment;
  const types = new Map(infrastructure.machineTypes?.map((type) => [type.name, type]));
  const ofTypes = (value: "vcpus" | "memoryGiB") =>
    machines.reduce((sum, { machineType = "", size }) => sum + (types.get(machineType)?.[value] ?? size[value]), 0);
  // Octavia has a list of its own of who may reach a load balancer.
  const roles = new Set(groups.map(({ role }) => role));
  const rules = ports
    .filter(({ role }) => roles.has(role))
    .reduce((sum, { fromRoles, fromCidrs }) => sum + fromRoles.length + fromCidrs.length, 0);
  const dataDisks = machines.filter(({ dataDisk }) => dataDisk).length;
  // That a pair of machines shares, or a load balancer has.
  const gatewayPorts = isPair(containerPlatform) || containerPlatform.gateway === "load-balancer" ? 1 : 0;
  return [
    { name: "instances", needed: totals.machines, usualLimit: 10 },
    { name: "cores", needed: ofTypes("vcpus"), usualLimit: 20 },
    { name: "GiB of memory", needed: ofTypes("memoryGiB"), usualLimit: 50 },
    { name: "volumes", needed: totals.machines + dataDisks, usualLimit: 10 },
    { name: "GiB of volumes", needed: totals.bootDiskGiB + totals.dataDiskGiB, usualLimit: 1000 },
    // The router has one in each subnet.
    { name: "ports", needed: totals.machines + gatewayPorts + network.zones, usualLimit: 500 },
    { name: "floating addresses", needed: bastion ? 2 : 1, usualLimit: 50 },
    { name: "security groups", needed: roles.size, usualLimit: 10 },
    // Each group is made with two that let everything out.
    { name: "security group rules", needed: rules + 2 * roles.size, usualLimit: 100 },
  ];
}
