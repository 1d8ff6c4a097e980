import type { Environment } from "./environment.ts";
import type { Problem } from "./problems.ts";

/** A rule over several settings. It is left out where one of those is itself broken. */
export interface Rule {
  /** Settings that it reads; `*` stands for any entry of a list. */
  reads: string[];
  problems(environment: Environment): Problem[];
}
