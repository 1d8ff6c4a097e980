import type { Properties } from "../../provider/values.ts";
import type { AddressPlace } from "./cloud.ts";

/** Where a value names a subnet: the part that names it, and the addresses it asks for. */
export interface Interface {
  part: Properties;
  subnet: string;
  addresses: string[];
}

export function interfacesOf(value: unknown, place: AddressPlace): Interface[] {
  if (Array.isArray(value)) return value.flatMap((item) => interfacesOf(item, place));
  if (typeof value !== "object" || value === null) return [];
  const part = value as Properties;
  const within = Object.entries(part).flatMap(([key, item]) => (key === place.subnet ? [] : interfacesOf(item, place)));
  const named = part[place.subnet];
  const subnet = typeof named === "object" && named !== null && "id" in named ? named.id : named;
  if (typeof subnet !== "string") return within;
  const asked = part[place.address];
  const addresses = (Array.isArray(asked) ? asked : [asked]).filter((item) => typeof item === "string");
  return [{ part, subnet, addresses }, ...within];
}

const cidrProperties = ["cidrBlock", "cidr", "ipCidrRange", "addressPrefix", "ipv4CidrBlock", "subnet"];

/** The block of addresses that a subnet's properties give. */
export function cidrOf(subnet: Properties): string | undefined {
  return cidrProperties
    .map((key) => subnet[key])
    .find((value) => typeof value === "string" && /^[\d.]+\/\d+$/.test(value)) as string | undefined;
}

/** First address that a subnet gives away by itself, where it names pools. */
export function poolStart(subnet: Properties): string | undefined {
  const [pool] = Array.isArray(subnet.allocationPools) ? subnet.allocationPools : [];
  return pool?.start;
}
