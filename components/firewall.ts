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

/** Gives the port table's rules for one role, one for each source, in the table's order. */
export function firewallRules(environment: Environment, role: Role): FirewallRule[] {
  return portRules(environment)
    .filter((rule) => rule.role === role)
    .flatMap(({ role: _, from, ...rule }) =>
      from.flatMap((peer) => sources(environment, peer)).map((source) => ({ ...rule, source })),
    );
}

function sources({ network }: Environment, peer: Peer): FirewallSource[] {
  switch (peer) {
    case "admin":
      return network.adminCidrs.map((cidr) => ({ cidr }));
    case "machines":
      return [{ cidr: network.cidr }];
    default:
      return [{ role: peer }];
  }
}

/** Names a rule among its role's: `tcp-6443-from-worker`. */
export function ruleName({ protocol, fromPort, source }: FirewallRule): string {
  const from = "cidr" in source ? source.cidr.replace("/", "-") : source.role;
  return [protocol, ...(fromPort === undefined ? [] : [fromPort]), "from", from].join("-");
}
