import { existsSync, readdirSync } from "node:fs";
import { registerInfrastructures } from "../config/infrastructure/catalog.ts";
import type { InfrastructureFacts } from "../config/infrastructure/facts.ts";

const folder = new URL("./", import.meta.url);

/** Each folder of `stacks/` with a `facts.ts` is an infrastructure, and nothing else lists them. */
const kinds = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/facts.ts`, folder)));

const facts = await Promise.all(
  kinds.map(async (kind): Promise<[string, InfrastructureFacts]> => {
    const module: { facts: InfrastructureFacts } = await import(`./${kind}/facts.ts`);
    return [kind, module.facts];
  }),
);

/** `local` first, which needs nothing but this machine; the others by name. */
const isLocal = (kind: string): number => Number(kind === "local");

registerInfrastructures(new Map(facts.sort(([a], [b]) => isLocal(b) - isLocal(a) || (a < b ? -1 : 1))));
