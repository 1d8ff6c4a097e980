import type { Environment } from "../../config/environment.ts";
import * as base from "../openstack/recovery.ts";
import type { Finder } from "../shared/finder.ts";

/** Finds resources as OpenStack's adapter does, load balancers in Neutron. */
export function createFinder(environment: Environment): Promise<Finder> {
  return base.createFinder(environment, "network");
}
