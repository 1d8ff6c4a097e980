import type { Environment } from "../config/environment.ts";
import { type Relaxation, relaxationsOf, ruleCount } from "../policies/evaluate.ts";

/** Rules that an environment relaxes, of how many there are. */
export interface RelaxedRules {
  relaxations: Relaxation[];
  ruleCount: number;
}

/** Gives what reports of an operation tell of relaxed rules; undefined where none is relaxed. */
export function relaxedRules(environment: Environment): RelaxedRules | undefined {
  const relaxations = relaxationsOf(environment);
  return relaxations.length > 0 ? { relaxations, ruleCount } : undefined;
}
