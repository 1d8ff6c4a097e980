import type { PlatformFacts } from "./facts.ts";

/** Changes sound facts so that one rule is broken. */
export type Mutation = (facts: PlatformFacts) => void;
