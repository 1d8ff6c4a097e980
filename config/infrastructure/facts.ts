import type { z } from "zod";
import type { Absent } from "./absent.ts";
import type { BilledParts } from "./billed-parts.ts";
import type { Capabilities } from "./capabilities.ts";
import type { BoshEnvironment, Cpi } from "./cpi.ts";
import type { Credentials } from "./credentials.ts";
import type { MetadataService } from "./metadata.ts";
import type { AskForRemaining, UsualQuotas } from "./quotas.ts";
import type { ResourceTypes } from "./resource-types.ts";

/**
 * All that is known of an infrastructure without its SDK. Each folder of `stacks/` exports one from its `facts.ts`, which every command
 * loads. A fact that is not known is absent with the reason, never left out.
 */
export interface InfrastructureFacts {
  /** Schema of its part of an environment file. */
  settings: z.ZodObject<{ kind: z.ZodLiteral<string> }>;
  capabilities: Capabilities;
  billed: BilledParts;
  /** Every type of resource that its adapter registers, as policies know it. */
  resourceTypes: ResourceTypes;
  /** npm packages of its SDK that are installed when an environment first needs them: see `peerDependencies` of package.json. */
  packages?: readonly string[];
  /** Looked for before anything starts: the Pulumi engine's own word comes after minutes. */
  credentials: Credentials | Absent;
  /** Limits that a project usually has: plans warn of more. */
  usualQuotas: UsualQuotas | Absent;
  /** Asked before the first `up` begins: what is over the limit stops it then, and not after minutes. */
  remainingQuotas: AskForRemaining | Absent;
  /** Its price table, read when a plan is made. The file's form is `priceTable` of `price-table.ts`. */
  prices: URL | Absent;
  /** The CPI by which BOSH makes VMs there. The reason follows "the application platform cannot run on <kind>: ". */
  cpi: ((environment: BoshEnvironment) => Cpi) | Absent;
  metadata: MetadataService | Absent;
  /** Regions in Korea by the cloud's own names, none where it has none; absent where a region's name tells nothing of its place. */
  koreanRegions: readonly string[] | Absent;
  /** Directory on every worker that all of them share without a file server. Left out where persistent volumes need one. */
  sharedVolumePath?: string;
}
