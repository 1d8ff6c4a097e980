import type { BoshEnvironment, Cpi } from "../../config/infrastructure/cpi.ts";
import { cpi as openstack } from "../openstack/cpi.ts";

/** Describes the CPI, which is OpenStack's; KT Cloud forwards ports to private addresses. */
export const cpi = (environment: BoshEnvironment): Cpi => ({ ...openstack(environment), hasPublicAddresses: false });
