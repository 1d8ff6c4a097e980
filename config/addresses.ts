import { Address4 } from "ip-address";
import type { NetworkSettings } from "./environment.ts";
import type { Role } from "./machines.ts";

/** All that addresses depend on. */
interface Ranged {
  network: Pick<NetworkSettings, "cidr" | "zones">;
}

/**
 * The parts of a zone's range. Clouds that route by subnet make each a subnet of its own: only what is in front has a way in from
 * outside, and addresses that the cloud gives out never meet the fixed ones.
 */
export type Tier = "front" | "platform" | "workers";

/** Where in a zone's range each part lies, in quarters of it. */
const tiers: Record<Tier, { quarter: number; quarters: number }> = {
  front: { quarter: 0, quarters: 1 },
  platform: { quarter: 1, quarters: 1 },
  workers: { quarter: 2, quarters: 2 },
};

/**
 * Fixed block of each role within its part: offset and size in addresses, both powers of two, so a block is a CIDR. Clouds keep up
 * to six addresses at a subnet's start and three at its end for themselves.
 */
const blocks: Record<Exclude<Role, "worker">, { tier: Tier; offset: number; size: number }> = {
  haproxy: { tier: "front", offset: 8, size: 8 },
  bastion: { tier: "front", offset: 16, size: 4 },
  master: { tier: "platform", offset: 8, size: 8 },
  registry: { tier: "platform", offset: 16, size: 4 },
  database: { tier: "platform", offset: 20, size: 4 },
  storage: { tier: "platform", offset: 24, size: 4 },
  jumphost: { tier: "platform", offset: 28, size: 1 },
};

function first(cidr: string): bigint {
  return new Address4(cidr).startAddress().bigInt();
}

function prefixLength(cidr: string): number {
  return new Address4(cidr).subnetMask;
}

function format(address: bigint): string {
  return Address4.fromBigInt(address).correctForm();
}

export function rangesOverlap(one: string, other: string): boolean {
  const [a, b] = [new Address4(one), new Address4(other)];
  return a.isInSubnet(b) || b.isInSubnet(a);
}

/** One range for each zone: `network.cidr` split into the next power of two. */
export function zoneRanges({ network }: Ranged): string[] {
  const bits = Math.ceil(Math.log2(network.zones));
  const prefix = prefixLength(network.cidr) + bits;
  const size = 1n << BigInt(32 - prefix);
  const start = first(network.cidr);
  return Array.from({ length: network.zones }, (_, zone) => `${format(start + BigInt(zone) * size)}/${prefix}`);
}

/** A zone's range in parts. */
export interface TierSubnet {
  /** `front-1`: unique in the environment. */
  name: string;
  tier: Tier;
  /** Counted from 0. */
  zone: number;
  cidr: string;
}

export function tierSubnets(environment: Ranged): TierSubnet[] {
  return zoneRanges(environment).flatMap((_, zone) =>
    (Object.keys(tiers) as Tier[]).map((tier) => ({
      name: `${tier}-${zone + 1}`,
      tier,
      zone,
      cidr: tierCidr(environment, tier, zone),
    })),
  );
}

/** The id of the subnet in which a machine is, of those that a cloud has made. Throws for a place that is not planned. */
export function subnetLookup<Id>(
  subnets: readonly (Pick<TierSubnet, "tier" | "zone"> & { id: Id })[],
): (place: { role: Role; zone: number }) => Id {
  return ({ role, zone }) => {
    const found = subnets.find((subnet) => subnet.tier === tierOf(role) && subnet.zone === zone);
    if (!found) throw new RangeError(`no subnet for ${role} in zone ${zone}`);
    return found.id;
  };
}

export function tierOf(role: Role): Tier {
  return role === "worker" ? "workers" : blocks[role].tier;
}

function tierCidr(environment: Ranged, tier: Tier, zone: number): string {
  const range = zoneRange(environment, zone);
  const { quarter, quarters } = tiers[tier];
  const quarterSize = 1n << BigInt(30 - prefixLength(range));
  return `${format(first(range) + BigInt(quarter) * quarterSize)}/${prefixLength(range) + 2 - Math.log2(quarters)}`;
}

/** The router of the first zone's range, by the usual convention its first host address. */
export function networkGateway(environment: Ranged): string {
  return format(first(zoneRange(environment, 0)) + 1n);
}

/** Where a role's machines have their addresses, one CIDR for each zone. */
export function roleBlocks(environment: Ranged, role: Role): string[] {
  return zoneRanges(environment).map((_, zone) => {
    const part = tierCidr(environment, tierOf(role), zone);
    if (role === "worker") return part;
    const { offset, size } = blocks[role];
    return `${format(first(part) + BigInt(offset))}/${32 - Math.log2(size)}`;
  });
}

/** A zone's part for workers: the upper half of its range. */
export function workersCidr(environment: Ranged, zone = 0): string {
  return roleBlocks(environment, "worker")[zone] as string;
}

/** First and last address of a range that machines can have when it is the upper half of a subnet. */
export function usableAddresses(cidr: string): { start: string; end: string } {
  const range = new Address4(cidr);
  return { start: range.startAddress().correctForm(), end: format(range.endAddress().bigInt() - 1n) };
}

/** Most workers a zone can hold, where a cloud keeps addresses at both ends of the subnet for itself. */
export function workersRoom(environment: Ranged): number {
  return 2 ** (32 - prefixLength(workersCidr(environment))) - 9;
}

/** Fixed address of the nth machine (from 0) of a role within its zone. */
export function fixedAddress(environment: Ranged, role: Exclude<Role, "worker">, zone: number, index: number): string {
  const { tier, offset, size } = blocks[role];
  if (index >= size) throw new RangeError(`${role} has room for ${size} machines in a zone, not ${index + 1}`);
  return format(first(tierCidr(environment, tier, zone)) + BigInt(offset + index));
}

/** The platform's front address: the HAProxy machine's, or the one that a pair shares. */
export function gatewayAddress(environment: Ranged): string {
  return fixedAddress(environment, "haproxy", 0, 0);
}

function zoneRange(environment: Ranged, zone: number): string {
  const range = zoneRanges(environment)[zone];
  if (!range) throw new RangeError(`zone ${zone} of ${environment.network.zones}`);
  return range;
}
