import { type FirewallFlow, firewallRules, podFlows } from "../components/firewall.ts";
import type { Environment } from "../config/environment.ts";
import type { Role } from "../config/roles/index.ts";
import type { MachineGroup, PlannedMachine } from "./machines.ts";

/** A way into a role's machines; what is not among them is closed. The role haproxy is the gateway's, a load balancer's too. */
export interface OpenPort {
  role: Role;
  protocol: "tcp" | "udp" | "icmp" | "vrrp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  /** Roles whose machines may open connections. */
  fromRoles: Role[];
  /** Ranges that may, too. */
  fromCidrs: string[];
  /** Set where pods may. A pod reaches no other port of a machine, though firewalls see its worker's address. */
  fromPods?: true;
  purpose: string;
}

/** A point at which connections from outside the platform's network arrive. */
export interface EntryPoint {
  purpose: string;
  role: Role;
  protocol: OpenPort["protocol"];
  port: number;
  machines: string[];
  /** The machine's, or the one that a pair shares. */
  privateAddress?: string;
  allowedFrom: string[];
}

/** Gives the roles with machines, and the gateway's. */
const presentRoles = (groups: readonly MachineGroup[]): Set<Role> =>
  new Set([...groups.map(({ role }) => role), "haproxy"]);

/** Gathers the firewall's rules by port; leaves out rules that only let in roles without machines. */
export function openPorts(environment: Environment, groups: readonly MachineGroup[]): OpenPort[] {
  const present = presentRoles(groups);
  const ports = new Map<string, OpenPort>();
  const portOf = (role: Role, rule: FirewallFlow): OpenPort => {
    const key = JSON.stringify([role, rule.protocol, rule.fromPort, rule.toPort, rule.purpose]);
    const port = ports.get(key) ?? { role, ...rule, fromRoles: [], fromCidrs: [] };
    ports.set(key, port);
    return port;
  };
  for (const role of present) {
    for (const { source, ...rule } of firewallRules(environment, role)) {
      if ("role" in source && !present.has(source.role)) continue;
      if ("role" in source) portOf(role, rule).fromRoles.push(source.role);
      else portOf(role, rule).fromCidrs.push(source.cidr);
    }
    for (const flow of podFlows(environment, role)) portOf(role, flow).fromPods = true;
  }
  return [...ports.values()];
}

export function entryPoints(
  { network }: Environment,
  ports: readonly OpenPort[],
  machines: readonly PlannedMachine[],
  gateway: { address: string },
): EntryPoint[] {
  return ports.flatMap(({ role, protocol, fromPort, fromCidrs, purpose }) => {
    const allowedFrom = fromCidrs.filter((cidr) => network.adminCidrs.includes(cidr));
    if (fromPort === undefined || allowedFrom.length === 0) return [];
    const here = machines.filter((machine) => machine.role === role);
    const privateAddress = role === "haproxy" ? gateway.address : here[0]?.privateIp;
    const names = here.map(({ name }) => name);
    return [{ purpose, role, protocol, port: fromPort, machines: names, privateAddress, allowedFrom }];
  });
}

/** Renders `tcp 2379-2380`, `icmp` */
export function portText({ protocol, fromPort, toPort }: Pick<OpenPort, "protocol" | "fromPort" | "toPort">): string {
  if (fromPort === undefined) return protocol;
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}
