import type { Role } from "../config/machines.ts";

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
