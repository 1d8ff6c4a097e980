import type { Environment } from "../../config/environment.ts";

/** Environment that an adapter's functions make resources of, and its infrastructure's settings. */
export interface AdapterContext<Settings> {
  environment: Environment;
  settings: Settings;
}
