import { gatewayAddress, roleBlocks, tierOf, tierSubnets, zoneRanges } from "../config/addresses.ts";
import type { Environment } from "../config/environment.ts";
import { isPair } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import type { Tier } from "../config/roles/role.ts";
import { zoneName } from "./cloud-names.ts";
import type { MachineGroup } from "./machines.ts";

export interface NetworkPlan {
  cidr: string;
  podCidr: string;
  serviceCidr: string;
  domain: string;
  adminCidrs: string[];
  zones: ZonePlan[];
  /** The gateway before API server, registry and database; `shared` where two machines take one address over from each other. */
  gateway: { kind: "haproxy" | "load-balancer"; address: string; shared: boolean };
}

export interface ZonePlan {
  /** Counted from 1. */
  zone: number;
  /** The cloud's own name. */
  name?: string;
  cidr: string;
  /** Parts of the zone's range, a subnet each where the cloud routes by subnet. */
  tiers: { tier: Tier; cidr: string; roles: { role: Role; cidr: string }[] }[];
}

export function networkPlan(environment: Environment, groups: readonly MachineGroup[]): NetworkPlan {
  const { cidr, podCidr, serviceCidr, domain, adminCidrs } = environment.network;
  const present = [...new Set(groups.map(({ role }) => role))];
  const blocks = present.map((role) => ({ role, tier: tierOf(role), cidrs: roleBlocks(environment, role) }));
  const rolesOf = (tier: Tier, zone: number) =>
    blocks.filter((block) => block.tier === tier).map(({ role, cidrs }) => ({ role, cidr: cidrs[zone] ?? "" }));
  const subnets = tierSubnets(environment);
  return {
    cidr,
    podCidr,
    serviceCidr,
    domain,
    adminCidrs,
    zones: zoneRanges(environment).map((range, zone) => ({
      zone: zone + 1,
      name: zoneName(environment, zone),
      cidr: range,
      tiers: subnets
        .filter((subnet) => subnet.zone === zone)
        .map(({ tier, cidr }) => ({ tier, cidr, roles: rolesOf(tier, zone) })),
    })),
    gateway: {
      kind: environment.containerPlatform.gateway,
      address: gatewayAddress(environment),
      shared: isPair(environment.containerPlatform),
    },
  };
}
