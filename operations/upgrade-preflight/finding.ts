import type { Finding } from "../doctor/examination.ts";

export type { Finding };

/** Makes a finding that stops an upgrade. */
export const blocks = (name: string, found: string, remedy: string): Finding => ({
  name,
  level: "blocks",
  found,
  remedy,
});

/** Makes a finding that is told, and stops nothing. */
export const warning = (name: string, found: string, remedy: string): Finding => ({
  name,
  level: "warning",
  found,
  remedy,
});

/** Names the first few of many: `a, b, c and 4 more`. */
export function firstOf(names: readonly string[], most = 3, separator = ", "): string {
  const rest = names.length - most;
  return names.slice(0, most).join(separator) + (rest > 0 ? ` and ${rest} more` : "");
}
