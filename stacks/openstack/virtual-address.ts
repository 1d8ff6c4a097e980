import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { VirtualAddress, VirtualAddressArgs } from "../../components/infrastructure.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import type { Context } from "./context.ts";

/**
 * Makes a port that no server has: it holds the address and the floating address; the servers' own ports may answer for
 * it.
 */
export function createVirtualAddress(
  context: Context,
  name: string,
  { network, address, securityGroup, publicPorts }: VirtualAddressArgs,
  opts: pulumi.CustomResourceOptions,
): VirtualAddress {
  const port = new networking.Port(
    `${name}-port`,
    {
      name: `kpaas-${context.environment.name}-gateway`,
      networkId: network.id,
      fixedIps: [{ subnetId: network.subnetId({ role: "haproxy", zone: 0 }), ipAddress: address }],
      securityGroupIds: [securityGroup.id],
    },
    opts,
  );
  const publicIp = context.variant.createPublicAddress(
    context,
    name,
    { portId: port.id, privateIp: address, ports: publicPorts },
    opts,
  );
  return { id: port.id, address, publicEndpoints: endpointsAt(publicIp, publicPorts) };
}
