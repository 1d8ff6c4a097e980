import type { Environment } from "../../config/environment.ts";
import type { PlatformOutputs } from "../access/outputs.ts";

export interface Check {
  name: string;
  /** Gives a word on what was seen; throws where it is not as it should be. */
  run(platform: Platform): Promise<string>;
}

export interface Platform {
  environment: Environment;
  outputs: PlatformOutputs;
}
