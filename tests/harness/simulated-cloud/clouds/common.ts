import { Address4 } from "ip-address";
import type { Cloud } from "../cloud.ts";

/** An address of the internet that an object has for itself. */
export function publicAddress(random: string): string {
  return `52.${[0, 2, 4].map((at) => Number.parseInt(random.slice(at, at + 2), 16)).join(".")}`;
}

/** For clouds whose ids begin with the kind: a text is an id where its prefix is one of the cloud's types'. */
export function prefixedReference(text: string, { types }: Cloud): string | undefined {
  const prefix = /^([a-z]+)-[0-9a-f]{8,17}$/.exec(text)?.[1];
  return prefix && Object.values(types).some(({ idPrefix }) => idPrefix === prefix) ? text : undefined;
}

/** Of the ranges that a network has. */
export function isWithinRanges(cidr: unknown, ranges: unknown[]): boolean {
  const own = new Address4(String(cidr));
  return ranges.some((range) => own.isInSubnet(new Address4(String(range))));
}
