import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Network, NetworkArgs } from "../../components/infrastructure.ts";
import { usableAddresses, workersCidr } from "../../config/addresses.ts";
import type { Site } from "./index.ts";

/** A network with a subnet for each zone, and a router to the external network. */
export function createNetwork(
  { environment, settings }: Site,
  name: string,
  { subnetCidrs }: NetworkArgs,
  opts: pulumi.CustomResourceOptions,
): Network {
  const resourceName = `kpaas-${environment.name}`;
  const { id: externalNetworkId } = networking.getNetworkOutput(
    { name: settings.externalNetwork, external: true },
    opts,
  );
  const network = new networking.Network(name, { name: resourceName }, opts);
  const router = new networking.Router(`${name}-router`, { name: resourceName, externalNetworkId }, opts);
  const subnetIds = subnetCidrs.map((cidr, zone) => {
    const subnet = new networking.Subnet(
      `${name}-subnet-${zone + 1}`,
      {
        name: `${resourceName}-${zone + 1}`,
        networkId: network.id,
        cidr,
        // The other half is the fixed addresses'.
        allocationPools: [usableAddresses(workersCidr(environment, zone))],
        dnsNameservers: settings.dnsServers,
      },
      opts,
    );
    const attached = new networking.RouterInterface(
      `${name}-router-${zone + 1}`,
      { routerId: router.id, subnetId: subnet.id },
      opts,
    );
    // Through the router's own interface: floating addresses need it, and it can only go once nothing needs it.
    return attached.subnetId as pulumi.Output<string>;
  });
  return { id: network.id, subnetIds };
}
