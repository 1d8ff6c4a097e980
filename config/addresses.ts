import { Address4 } from "ip-address";
import type { NetworkSettings } from "./environment.ts";
import type { Role } from "./machines.ts";

/** All that addresses depend on. */
interface Ranged {
  network: Pick<NetworkSettings, "cidr" | "zones">;
}

/** Fixed block of each role within a zone's subnet: offset and size in addresses, both powers of two, so a block is a CIDR. */
const blocks: Record<Exclude<Role, "worker">, { offset: number; size: number }> = {
  haproxy: { offset: 8, size: 8 },
  master: { offset: 16, size: 16 },
  registry: { offset: 32, size: 4 },
  database: { offset: 36, size: 4 },
  storage: { offset: 40, size: 4 },
  bastion: { offset: 44, size: 4 },
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

/** One subnet for each zone: `network.cidr` split into the next power of two. */
export function zoneSubnets({ network }: Ranged): string[] {
  const bits = Math.ceil(Math.log2(network.zones));
  const prefix = prefixLength(network.cidr) + bits;
  const size = 1n << BigInt(32 - prefix);
  const start = first(network.cidr);
  return Array.from({ length: network.zones }, (_, zone) => `${format(start + BigInt(zone) * size)}/${prefix}`);
}

/** The router of the first zone's subnet, by the usual convention its first host address. */
export function networkGateway(environment: Ranged): string {
  return format(first(subnetOf(environment, 0)) + 1n);
}

/** Where a role's machines have their addresses, one CIDR for each zone. */
export function roleBlocks(environment: Ranged, role: Role): string[] {
  return zoneSubnets(environment).map((subnet) => {
    const prefix = prefixLength(subnet);
    if (role === "worker") return `${format(first(subnet) + (1n << BigInt(31 - prefix)))}/${prefix + 1}`;
    const { offset, size } = blocks[role];
    return `${format(first(subnet) + BigInt(offset))}/${32 - Math.log2(size)}`;
  });
}

/** A zone's part for workers: the upper half of its subnet. */
export function workersCidr(environment: Ranged, zone = 0): string {
  return roleBlocks(environment, "worker")[zone] as string;
}

/** First and last address of a range that machines can have when it is the upper half of a subnet. */
export function usableAddresses(cidr: string): { start: string; end: string } {
  const range = new Address4(cidr);
  return { start: range.startAddress().correctForm(), end: format(range.endAddress().bigInt() - 1n) };
}

/** Most workers a zone can hold; the last address of the upper half is the subnet's broadcast address. */
export function workersRoom(environment: Ranged): number {
  return 2 ** (32 - prefixLength(workersCidr(environment))) - 1;
}

/** Fixed address of the nth machine (from 0) of a role within its zone. */
export function fixedAddress(environment: Ranged, role: Exclude<Role, "worker">, zone: number, index: number): string {
  const { offset, size } = blocks[role];
  if (index >= size) throw new RangeError(`${role} has room for ${size} machines in a zone, not ${index + 1}`);
  return format(first(subnetOf(environment, zone)) + BigInt(offset + index));
}

/** The platform's front address: the HAProxy machine's, or the one that a pair shares. */
export function gatewayAddress(environment: Ranged): string {
  return fixedAddress(environment, "haproxy", 0, 0);
}

function subnetOf(environment: Ranged, zone: number): string {
  const subnet = zoneSubnets(environment)[zone];
  if (!subnet) throw new RangeError(`zone ${zone} of ${environment.network.zones}`);
  return subnet;
}
