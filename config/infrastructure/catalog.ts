import type { BilledParts } from "./billed-parts.ts";
import type { Capabilities } from "./capabilities.ts";
import type { InfrastructureFacts } from "./facts.ts";

let registered: ReadonlyMap<string, InfrastructureFacts> = new Map();

/**
 * Makes infrastructures known by their kinds, in the order in which they are listed to users. `stacks/infrastructures.ts` does so for
 * every folder of `stacks/`, and whoever reads environment files imports that: nothing below `stacks/` lists a cloud.
 */
export function registerInfrastructures(all: ReadonlyMap<string, InfrastructureFacts>): void {
  registered = all;
}

/** Gives every infrastructure, by kind. Throws where none is registered. */
export function infrastructures(): ReadonlyMap<string, InfrastructureFacts> {
  if (registered.size === 0) throw new Error("no infrastructure is registered: import stacks/infrastructures.ts first");
  return registered;
}

export const infrastructureKinds = (): string[] => [...infrastructures().keys()];

/** Throws RangeError for a kind that is not registered. */
export function factsOf({ kind }: { kind: string }): InfrastructureFacts {
  const facts = infrastructures().get(kind);
  if (!facts) throw new RangeError(`no infrastructure is called ${kind}`);
  return facts;
}

/** Throws RangeError for a kind that is not registered. */
export const capabilitiesOf = (infrastructure: { kind: string }): Capabilities => factsOf(infrastructure).capabilities;

/** Throws RangeError for a kind that is not registered. */
export const billedPartsOf = (infrastructure: { kind: string }): BilledParts => factsOf(infrastructure).billed;
