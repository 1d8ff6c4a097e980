import type { Properties } from "../../../provider/values.ts";
import type { AddressPlace } from "./cloud.ts";

/** A value that names a subnet: the part that names it, and the addresses it asks for. */
export interface Interface {
  part: Properties;
  subnet: string;
  addresses: string[];
}

export function interfacesOf(properties: Properties, place: AddressPlace): Interface[] {
  if (place.unless !== undefined && properties[place.unless] !== undefined) return [];
  return interfacesWithin(place.within === undefined ? properties : properties[place.within], place);
}

function interfacesWithin(value: unknown, place: AddressPlace): Interface[] {
  if (Array.isArray(value)) return value.flatMap((item) => interfacesWithin(item, place));
  if (typeof value !== "object" || value === null) return [];
  const part = value as Properties;
  const within = Object.entries(part).flatMap(([key, item]) =>
    key === place.subnet ? [] : interfacesWithin(item, place),
  );
  const named = part[place.subnet];
  const subnet = typeof named === "object" && named !== null && "id" in named ? named.id : named;
  if (typeof subnet !== "string") return within;
  const asked = place.inside === undefined ? part[place.address] : recordOf(part[place.inside])[place.address];
  const addresses = (Array.isArray(asked) ? asked : [asked]).filter((item) => typeof item === "string");
  return [{ part, subnet, addresses }, ...within];
}

/** Gives a part the address that the cloud has chosen for it. */
export function setAddress(part: Properties, place: AddressPlace, address: unknown): void {
  const value = place.list ? [address] : address;
  if (place.inside === undefined) part[place.address] = value;
  else part[place.inside] = { ...recordOf(part[place.inside]), [place.address]: value };
}

function recordOf(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}

const cidrProperties = [
  "cidrBlock",
  "cidr",
  "ipCidrRange",
  "addressPrefix",
  "addressPrefixes",
  "ipv4CidrBlock",
  "subnet",
];

/** Gives the block of addresses of a subnet's properties. */
export function cidrOf(subnet: Properties): string | undefined {
  const given = cidrProperties.flatMap((key) => subnet[key]);
  return given.find((value): value is string => typeof value === "string" && /^[\d.]+\/\d+$/.test(value));
}

/** Gives the first address that a subnet gives away by itself, where it names pools. */
export function poolStart(subnet: Properties): string | undefined {
  const [pool] = Array.isArray(subnet.allocationPools) ? subnet.allocationPools : [];
  return pool?.start;
}
