import type { Operation } from "../config/application-platform/ops-file.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { certificateOperations } from "./certificates.ts";
import { mirrorOperations } from "./pinned.ts";

/** BOSH DNS on every VM, which cf-deployment's names need. */
export const runtimeConfigFile = "bosh-deployment/runtime-configs/dns.yml";

export function runtimeConfigOperations(environment: BoshEnvironment): Operation[] {
  return [...certificateOperations([runtimeConfigFile]), ...mirrorOperations(environment, [runtimeConfigFile])];
}
