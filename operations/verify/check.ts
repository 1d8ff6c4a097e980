import type { Environment } from "../../config/environment.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import type { Step } from "../steps.ts";

/** Gives a word on what it saw; throws where that is not as it should be. */
export type Check = Step<Platform, string>;

export interface Platform {
  environment: Environment;
  outputs: PlatformOutputs;
}
