import type { Environment } from "../../config/environment.ts";
import type { Settings } from "./settings.ts";

/** What every part of the adapter is built from. */
export interface Site {
  environment: Environment;
  settings: Settings;
}
