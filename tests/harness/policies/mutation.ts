import type { PlatformFacts } from "../../../policies/facts.ts";

/** Changes sound facts so that one rule is broken. */
export type Mutation = (facts: PlatformFacts) => void;
