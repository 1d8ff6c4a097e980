import { certificateOperations } from "./certificates.ts";
import type { BoshEnvironment } from "./cpi/cpi.ts";
import { mirrorOperations } from "./pinned.ts";
import type { Operation } from "./yaml.ts";

/** BOSH DNS on every VM, which cf-deployment's names need. */
export const runtimeConfigFile = "bosh-deployment/runtime-configs/dns.yml";

export function runtimeConfigOperations(environment: BoshEnvironment): Operation[] {
  return [...certificateOperations([runtimeConfigFile]), ...mirrorOperations(environment, [runtimeConfigFile])];
}
