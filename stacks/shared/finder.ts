import type { Environment } from "../../config/environment.ts";

/** Resource that a killed run asked the cloud for without hearing of it again. */
export interface PendingCreate {
  /** Pulumi's type token. */
  type: string;
  inputs: Record<string, unknown>;
}

/**
 * Function that gives the id under which the cloud made a resource after all, undefined where it did not. `known` are
 * the ids that the state has: they belong to other resources. Throws where the cloud cannot be asked.
 */
export type Finder = (pending: PendingCreate, known: ReadonlySet<string>) => Promise<string | undefined>;

/** The contract of each infrastructure's `recovery.ts`. */
export interface RecoveryModule {
  /** Gives undefined where creating takes over by itself what is there. */
  createFinder(environment: Environment): Promise<Finder | undefined>;
}
