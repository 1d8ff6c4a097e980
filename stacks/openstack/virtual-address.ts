import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { VirtualAddress, VirtualAddressArgs } from "../../components/infrastructure.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import { type Context, renamed } from "./context.ts";

/** A virtual address with the port that holds it. */
export interface PortAddress extends VirtualAddress {
  port: networking.Port;
}

/**
 * Makes a port that holds the address and the floating address. A pair's is no server's: the servers' own ports may answer for it.
 * A single server has it for its own.
 */
export function createVirtualAddress(
  context: Context,
  name: string,
  { network, address, securityGroup, publicPorts, onlyMachine }: VirtualAddressArgs,
  opts: pulumi.CustomResourceOptions,
): PortAddress {
  const port = new networking.Port(
    `${name}-port`,
    {
      name: `kpaas-${context.environment.name}-gateway`,
      networkId: network.id,
      fixedIps: [{ subnetId: network.subnetId({ role: "haproxy", zone: 0 }), ipAddress: address }],
      securityGroupIds: [securityGroup.id],
    },
    renamed(opts, onlyMachine && `${onlyMachine}-port`),
  );
  const publicIp = context.variant.createPublicAddress(
    context,
    name,
    { portId: port.id, privateIp: address, ports: publicPorts, formerName: onlyMachine },
    opts,
  );
  return { id: port.id, port, address, publicEndpoints: endpointsAt(publicIp, publicPorts) };
}
