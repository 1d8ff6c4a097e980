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

/** First what needs nothing but this machine; the others by name. */
const order = ([kind, { capabilities }]: [string, InfrastructureFacts]): string =>
  `${capabilities.onThisHost ? 0 : 1} ${kind}`;

registerInfrastructures(new Map(facts.sort((a, b) => (order(a) < order(b) ? -1 : 1))));
