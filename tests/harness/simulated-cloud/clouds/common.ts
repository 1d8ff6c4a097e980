import { Address4 } from "ip-address";
import type { Cloud } from "../cloud.ts";

/** Gives an address of the internet that an object has for itself. */
export function publicAddress(random: string): string {
  return `52.${[0, 2, 4].map((at) => Number.parseInt(random.slice(at, at + 2), 16)).join(".")}`;
}

/** Takes a text for an id where its prefix is that of one of the cloud's types, in clouds whose ids begin with the kind. */
export function prefixedReference(text: string, { types }: Cloud): string | undefined {
  const prefix = /^([a-z]+)-[0-9a-f]{8,17}$/.exec(text)?.[1];
  return prefix && Object.values(types).some(({ idPrefix }) => idPrefix === prefix) ? text : undefined;
}

/** Tells whether a range lies in one of a network's. */
export function isWithinRanges(cidr: unknown, ranges: unknown[]): boolean {
  const own = new Address4(String(cidr));
  return ranges.some((range) => own.isInSubnet(new Address4(String(range))));
}
