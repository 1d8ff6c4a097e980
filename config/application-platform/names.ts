import type { Environment } from "../environment.ts";
import type { GroupName } from "./group.ts";

/** Firewall groups: of every VM that BOSH makes, of the director, and of each instance group. */
export type FirewallGroup = "vms" | "director" | GroupName;

/** Gives the beginning of every name in the application infrastructure, which keeps them apart from the container platform's. */
export const namePrefix = ({ name }: Pick<Environment, "name">): string => `kpaas-${name}-cf`;

/** Gives the infrastructure's name of a firewall group: a security group, an application security group or a network tag. */
export const firewallGroupName = (environment: Pick<Environment, "name">, group: FirewallGroup): string =>
  `${namePrefix(environment)}-${group}`;
