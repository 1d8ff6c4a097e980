import { existsSync, readdirSync } from "node:fs";
import { registerInfrastructures } from "../config/infrastructure/catalog.ts";
import type { InfrastructureFacts } from "../config/infrastructure/facts.ts";

const folder = new URL("./", import.meta.url);

/** Kinds of infrastructures: the folders of `stacks/` with a `facts.ts`. Nothing else lists them. */
const kinds = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/facts.ts`, folder)));

const facts = await Promise.all(
  kinds.map(async (kind): Promise<[string, InfrastructureFacts]> => {
    const module: { facts: InfrastructureFacts } = await import(`./${kind}/facts.ts`);
    return [kind, module.facts];
  }),
);

/** Gives the key to sort by: first what needs nothing but this machine, then the others by name. */
const order = ([kind, { capabilities }]: [string, InfrastructureFacts]): string =>
  `${capabilities.onThisHost ? 0 : 1} ${kind}`;

registerInfrastructures(new Map(facts.sort((a, b) => (order(a) < order(b) ? -1 : 1))));
