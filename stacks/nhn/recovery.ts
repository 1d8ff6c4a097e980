import type { Environment } from "../../config/environment.ts";
import * as base from "../openstack/recovery.ts";
import type { Finder } from "../shared/finder.ts";

/** Load balancers are Neutron's there. */
export function createFinder(environment: Environment): Promise<Finder> {
  return base.createFinder(environment, "network");
}
