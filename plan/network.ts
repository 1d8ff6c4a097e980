import { gatewayAddress, roleBlocks, zoneSubnets } from "../config/addresses.ts";
import type { Environment } from "../config/environment.ts";
import type { Role } from "../config/machines.ts";
import type { MachineGroup } from "./machines.ts";
import { zoneName } from "./site.ts";

export interface NetworkPlan {
  cidr: string;
  podCidr: string;
  serviceCidr: string;
  domain: string;
  adminCidrs: string[];
  zones: ZonePlan[];
  /** The platform's front: API server, registry, database. */
  gateway: { address: string; shared: boolean };
}

export interface ZonePlan {
  /** Counted from 1. */
  zone: number;
  /** The cloud's own name. */
  name?: string;
  subnets: { cidr: string; roles: { role: Role; cidr: string }[] }[];
}

export function networkPlan(environment: Environment, groups: readonly MachineGroup[]): NetworkPlan {
  const { cidr, podCidr, serviceCidr, domain, adminCidrs } = environment.network;
  const present = [...new Set(groups.map(({ role }) => role))];
  const blocks = present.map((role) => ({ role, cidrs: roleBlocks(environment, role) }));
  return {
    cidr,
    podCidr,
    serviceCidr,
    domain,
    adminCidrs,
    zones: zoneSubnets(environment).map((subnet, zone) => ({
      zone: zone + 1,
      name: zoneName(environment, zone),
      subnets: [{ cidr: subnet, roles: blocks.map(({ role, cidrs }) => ({ role, cidr: cidrs[zone] ?? "" })) }],
    })),
    gateway: { address: gatewayAddress(environment), shared: environment.containerPlatform.haproxy.count > 1 },
  };
}
