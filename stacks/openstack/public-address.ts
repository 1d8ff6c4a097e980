import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type Context, type PublicAddressArgs, renamed } from "./context.ts";

/** Makes a floating address: everything sent to it reaches the port, whose firewall lets in what it may. */
export function createPublicAddress(
  { settings }: Context,
  name: string,
  { portId, formerName }: PublicAddressArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const args = { pool: settings.externalNetwork, portId };
  const kept = renamed(opts, formerName && `${formerName}-floating-ip`);
  return new networking.FloatingIp(`${name}-floating-ip`, args, kept).address;
}
