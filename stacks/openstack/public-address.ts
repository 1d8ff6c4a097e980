import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Context, PublicAddressArgs } from "./context.ts";

/** Makes a floating address: everything sent to it reaches the port, whose firewall lets in what it may. */
export function createPublicAddress(
  { settings }: Context,
  name: string,
  { portId }: PublicAddressArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return new networking.FloatingIp(`${name}-floating-ip`, { pool: settings.externalNetwork, portId }, opts).address;
}
