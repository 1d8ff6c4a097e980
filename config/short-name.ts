import { createHash } from "node:crypto";

/** A name that a cloud takes: what is too long ends as it did and has the whole's digest in place of its beginning. */
export function shortName(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const start = `kpaas-${createHash("sha256").update(name).digest("hex").slice(0, 6)}-`;
  return `${start}${name.slice(start.length - longest)}`;
}
