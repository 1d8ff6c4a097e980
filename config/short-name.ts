import { createHash } from "node:crypto";

/** Shortens a name to what a cloud takes: one that is too long keeps its end and begins with a digest of the whole. */
export function shortName(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const start = `kpaas-${createHash("sha256").update(name).digest("hex").slice(0, 6)}-`;
  return `${start}${name.slice(start.length - longest)}`;
}
