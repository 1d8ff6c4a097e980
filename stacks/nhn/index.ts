import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import type { Variant } from "../openstack/context.ts";
import * as base from "../openstack/index.ts";

const nhn: Variant = {
  ...base.openstack,
  bootsFromHost: (machineType) => machineType.startsWith("u2."),
  zonalDisks: true,
  octavia: false,
};

/**
 * Makes OpenStack's infrastructure, as NHN Cloud has it. Machines get their one interface as they are made: adding one
 * later would stop them.
 */
export function createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure {
  return base.createInfrastructure(environment, opts, nhn);
}
