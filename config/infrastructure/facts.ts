import type { z } from "zod";
import type { BilledParts, Capabilities } from "./fields.ts";
import type { ResourceTypes } from "./resource-types.ts";

/** All that is known of an infrastructure without its SDK. Each folder of `stacks/` exports one from its `facts.ts`. */
export interface InfrastructureFacts {
  /** Its part of an environment file. */
  settings: z.ZodObject<{ kind: z.ZodLiteral<string> }>;
  capabilities: Capabilities;
  billed: BilledParts;
  /** What policies know of every type of resource that its adapter registers. */
  resourceTypes: ResourceTypes;
  /** npm packages of its SDK that are installed when an environment first needs them: see `peerDependencies` of package.json. */
  packages?: readonly string[];
}
