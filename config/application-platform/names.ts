import type { Environment } from "../environment.ts";
import type { GroupName } from "./group.ts";

/** Of every VM that BOSH makes, of a group, and of the director. */
export type FirewallGroup = "vms" | "director" | GroupName;

/** What the names of all that an infrastructure has for the application platform begin with, apart from the container platform's. */
export const namePrefix = ({ name }: Pick<Environment, "name">): string => `kpaas-${name}-cf`;

/** How the infrastructure calls a firewall group: a security group, an application security group or a network tag. */
export const firewallGroupName = (environment: Pick<Environment, "name">, group: FirewallGroup): string =>
  `${namePrefix(environment)}-${group}`;
