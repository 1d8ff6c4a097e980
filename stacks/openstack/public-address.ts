import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./index.ts";

export interface PublicAddressArgs {
  /** Of Neutron, on a subnet that a router joins to the external network. */
  portId: pulumi.Input<string>;
  privateIp: pulumi.Input<string>;
  /** TCP ports to be reached. */
  ports: readonly number[];
}

/** A floating address: everything sent to it reaches the port, whose firewall lets in what it may. */
export function createPublicAddress(
  { settings }: Site,
  name: string,
  { portId }: PublicAddressArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return new networking.FloatingIp(`${name}-floating-ip`, { pool: settings.externalNetwork, portId }, opts).address;
}
