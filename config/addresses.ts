import { Address4 } from "ip-address";
import type { NetworkSettings } from "./environment.ts";
import { type Role, roleFacts } from "./roles/index.ts";
import type { Tier } from "./roles/role.ts";

/** Settings that addresses depend on. */
interface Ranged {
  network: Pick<NetworkSettings, "cidr" | "zones">;
}

/** Quarters of a zone's range that each tier has: the first of them, and how many. */
const tiers: Record<Tier, { quarter: number; quarters: number }> = {
  front: { quarter: 0, quarters: 1 },
  platform: { quarter: 1, quarters: 1 },
  workers: { quarter: 2, quarters: 2 },
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

/** Gives one range for each zone: `network.cidr` split into the next power of two. */
export function zoneRanges({ network }: Ranged): string[] {
  const bits = Math.ceil(Math.log2(network.zones));
  const prefix = prefixLength(network.cidr) + bits;
  const size = 1n << BigInt(32 - prefix);
  const start = first(network.cidr);
  return Array.from({ length: network.zones }, (_, zone) => `${format(start + BigInt(zone) * size)}/${prefix}`);
}

/** Subnet of one tier in one zone: a part of the zone's range. */
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

/**
 * Gives a function that finds the id of a machine's subnet among those that a cloud has made. It throws RangeError for
 * a placement without one.
 */
export function subnetLookup<Id>(
  subnets: readonly (Pick<TierSubnet, "tier" | "zone"> & { id: Id })[],
): (placement: { role: Role; zone: number }) => Id {
  return ({ role, zone }) => {
    const found = subnets.find((subnet) => subnet.tier === tierOf(role) && subnet.zone === zone);
    if (!found) throw new RangeError(`no subnet for ${role} in zone ${zone}`);
    return found.id;
  };
}

export function tierOf(role: Role): Tier {
  return roleFacts[role].tier;
}

function tierCidr(environment: Ranged, tier: Tier, zone: number): string {
  const range = zoneRange(environment, zone);
  const { quarter, quarters } = tiers[tier];
  const quarterSize = 1n << BigInt(30 - prefixLength(range));
  return `${format(first(range) + BigInt(quarter) * quarterSize)}/${prefixLength(range) + 2 - Math.log2(quarters)}`;
}

/** Gives the router of the first zone's range, by the usual convention its first host address. */
export function networkGateway(environment: Ranged): string {
  return format(first(zoneRange(environment, 0)) + 1n);
}

/** Gives the ranges in which a role's machines have their addresses, one CIDR for each zone. */
export function roleBlocks(environment: Ranged, role: Role): string[] {
  return zoneRanges(environment).map((_, zone) => {
    const { tier, block } = roleFacts[role];
    const range = tierCidr(environment, tier, zone);
    return block ? `${format(first(range) + BigInt(block.offset))}/${32 - Math.log2(block.size)}` : range;
  });
}

/** Gives a zone's part for workers: the upper half of its range. */
export function workersCidr(environment: Ranged, zone = 0): string {
  return roleBlocks(environment, "worker")[zone] as string;
}

/** Gives the first and last address of a range that machines can have when it is the upper half of a subnet. */
export function usableAddresses(cidr: string): { start: string; end: string } {
  const range = new Address4(cidr);
  return { start: range.startAddress().correctForm(), end: format(range.endAddress().bigInt() - 1n) };
}

/** Gives how many workers a zone can hold where a cloud keeps addresses at both ends of the subnet for itself. */
export function workersRoom(environment: Ranged): number {
  return 2 ** (32 - prefixLength(workersCidr(environment))) - 9;
}

/** Gives the fixed address of the nth machine (from 0) of a role within its zone. Throws RangeError where its block has none. */
export function fixedAddress(environment: Ranged, role: Role, zone: number, index: number): string {
  const { tier, block = { offset: 0, size: 0 } } = roleFacts[role];
  if (index >= block.size)
    throw new RangeError(`${role} has room for ${block.size} machines in a zone, not ${index + 1}`);
  return format(first(tierCidr(environment, tier, zone)) + BigInt(block.offset + index));
}

/** Gives the platform's front address: the HAProxy machine's, or the one that a pair shares. */
export function gatewayAddress(environment: Ranged): string {
  return fixedAddress(environment, "haproxy", 0, 0);
}

function zoneRange(environment: Ranged, zone: number): string {
  const range = zoneRanges(environment)[zone];
  if (!range) throw new RangeError(`zone ${zone} of ${environment.network.zones}`);
  return range;
}
