import * as networking from "@pulumi/openstack/networking/index.js";
import * as pulumi from "@pulumi/pulumi";
import { type Context, type PublicAddressArgs, renamed } from "../openstack/context.ts";

/** Makes an address of which only the named ports are forwarded, each to the same port. It is known once they all are. */
export function createPublicAddress(
  { environment, settings }: Context,
  name: string,
  { portId, privateIp, ports, formerName }: PublicAddressArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { id, address } = new networking.FloatingIp(
    `${name}-floating-ip`,
    // It is on no port, by which it could be found again.
    { pool: settings.externalNetwork, description: `kpaas-${environment.name} ${name}` },
    renamed(opts, formerName && `${formerName}-floating-ip`),
  );
  const forwarded = ports.map(
    (port) =>
      new networking.PortForwardingV2(
        `${name}-forward-${port}`,
        {
          floatingipId: id,
          protocol: "tcp",
          externalPort: port,
          internalPort: port,
          internalPortId: portId,
          internalIpAddress: privateIp,
        },
        // Both ends belong to one at a time.
        renamed({ ...opts, deleteBeforeReplace: true }, formerName && `${formerName}-forward-${port}`),
      ).id,
  );
  return pulumi.all([address, pulumi.all(forwarded)]).apply(([known]) => known);
}
