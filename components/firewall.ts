import type { Environment } from "../config/environment.ts";
import { type Peer, portRules } from "../config/ports.ts";
import type { Role } from "../config/roles/index.ts";

export type FirewallSource = { role: Role } | { cidr: string };

/** One allowed inbound flow of a role; everything else is dropped. */
export interface FirewallRule {
  protocol: "tcp" | "udp" | "icmp" | "vrrp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  source: FirewallSource;
  purpose: string;
}

/** An inbound flow of a role without who opens it. */
export type FirewallFlow = Omit<FirewallRule, "source">;

/** Gives the port table's rules for one role, one for each source, in the table's order; none for pods, whom only nodes know. */
export function firewallRules(environment: Environment, role: Role): FirewallRule[] {
  return portRules(environment)
    .filter((rule) => rule.role === role)
    .flatMap(({ role: _, from, ...rule }) =>
      from.flatMap((peer) => sources(environment, peer)).map((source) => ({ ...rule, source })),
    );
}

/** Gives what pods may reach of a role. `elsewhere`: from another machine, whose address is let in as well. */
export function podFlows(environment: Environment, role: Role, { elsewhere = false } = {}): FirewallFlow[] {
  return portRules(environment)
    .filter(({ from, ...rule }) => rule.role === role && from.includes("pods") && !(elsewhere && from.length === 1))
    .map(({ role: _, from: __, ...flow }) => flow);
}

function sources({ network }: Environment, peer: Peer): FirewallSource[] {
  switch (peer) {
    case "admin":
      return network.adminCidrs.map((cidr) => ({ cidr }));
    case "machines":
      return [{ cidr: network.cidr }];
    case "pods":
      return [];
    default:
      return [{ role: peer }];
  }
}

/** Names a rule among its role's: `tcp-6443-from-worker`. */
export function ruleName({ protocol, fromPort, source }: FirewallRule): string {
  const from = "cidr" in source ? source.cidr.replace("/", "-") : source.role;
  return [protocol, ...(fromPort === undefined ? [] : [fromPort]), "from", from].join("-");
}
