import { known } from "../config/infrastructure/absent.ts";
import { factsOf, infrastructures } from "../config/infrastructure/catalog.ts";
import type { BoshEnvironment, Cpi } from "../config/infrastructure/cpi.ts";
import { UserError } from "../lib/errors.ts";

/** Gives the CPI of an environment's infrastructure. Throws UserError where there is none. */
export function cpiOf(environment: BoshEnvironment): Cpi {
  const { kind } = environment.infrastructure;
  const { cpi } = factsOf({ kind });
  if (!("reason" in cpi)) return cpi(environment);
  const others = [...infrastructures()].filter(([, facts]) => known(facts.cpi)).map(([name]) => name);
  throw new UserError(
    `the application platform cannot run on ${kind}: ${cpi.reason}`,
    `use one of ${others.join(", ")}, or leave applicationPlatform out`,
  );
}
