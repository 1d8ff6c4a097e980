import type { Environment } from "../../config/environment.ts";

/** Tells the functions of an adapter which environment they make resources of. */
export interface AdapterContext<Settings> {
  environment: Environment;
  settings: Settings;
}
