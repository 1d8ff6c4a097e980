import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import type { Variant } from "../openstack/context.ts";
import * as base from "../openstack/index.ts";
import { createPublicAddress } from "./public-address.ts";
import { keepPasswords } from "./user-data.ts";

const kt: Variant = {
  ...base.openstack,
  createPublicAddress,
  userData: keepPasswords,
  zonalDisks: true,
  floatingAddresses: false,
};

/** Makes OpenStack's infrastructure, as KT Cloud has it; the cloud's own load balancer is not used. */
export function createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure {
  const { loadBalancer: _, ...rest } = base.createInfrastructure(environment, opts, kt);
  return rest;
}
