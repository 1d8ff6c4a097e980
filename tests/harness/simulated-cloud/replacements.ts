import type { Call } from "./simulated-cloud.ts";

/** Course of workers that were made anew. */
export interface Replacements {
  /** Numbers of workers under way whenever another one began, itself among them. */
  underWay: number[];
  /** Workers whose nodes were Ready, in that order. */
  replaced: string[];
}

/** Reads it off a cloud's calls. A worker is under way from when its machine goes until its node is Ready. */
export function replacementsIn(calls: readonly Call[], machineType: string): Replacements {
  const away = new Set<string>();
  const [underWay, replaced]: [number[], string[]] = [[], []];
  for (const { operation, type, name, answer } of calls) {
    if (answer !== "ok") continue;
    if (type === machineType && operation === "delete") {
      away.add(name);
      underWay.push(away.size);
    }
    const worker = name.replace(/-node$/, "");
    if (type === "kpaas:index:Node" && operation === "create" && away.delete(worker)) replaced.push(worker);
  }
  return { underWay, replaced };
}
