import * as networking from "@pulumi/openstack/networking/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { usableAddresses, workersCidr, zoneRanges } from "../../config/addresses.ts";
import type { Context } from "./context.ts";

/** A network, and what the application platform's network is joined to; both are told only of a network that was made. */
export interface RoutedNetwork extends Network {
  routerId?: pulumi.Output<string>;
  /** Gives the address from which machines without a floating address reach the outside. */
  outboundAddress?(): pulumi.Output<string>;
}

export function createNetwork(context: Context, name: string, opts: pulumi.CustomResourceOptions): RoutedNetwork {
  const { networkId, subnetIds, ...routing } = context.settings.network
    ? findNetwork(context, context.settings.network, opts)
    : makeNetwork(context, name, opts);
  const subnetId: Network["subnetId"] = ({ zone }) => {
    const id = subnetIds[zone];
    if (!id) throw new RangeError(`zone ${zone} of ${subnetIds.length}`);
    return id;
  };
  return { id: onceAttached(networkId, subnetIds), subnetId, ...routing };
}

/**
 * Gives a network's id, known once a machine can be in it: without a subnet Nova refuses a machine that has no port,
 * and before the router's interface is there it reaches nothing.
 */
export function onceAttached(networkId: pulumi.Output<string>, subnetIds: pulumi.Output<string>[]) {
  return pulumi.all([networkId, pulumi.all(subnetIds)]).apply(([known]) => known);
}

interface Found extends Pick<RoutedNetwork, "routerId" | "outboundAddress"> {
  networkId: pulumi.Output<string>;
  subnetIds: pulumi.Output<string>[];
}

/** Finds a network by its name, its subnets by their ranges. */
function findNetwork({ environment }: Context, name: string, opts: pulumi.InvokeOutputOptions): Found {
  const { id: networkId } = networking.getNetworkOutput({ name }, opts);
  const subnetIds = zoneRanges(environment).map((cidr) => networking.getSubnetOutput({ networkId, cidr }, opts).id);
  return { networkId, subnetIds };
}

/**
 * Makes a network with a subnet for each zone, and a router to the external network. Traffic between zones' parts stays
 * off the router.
 */
function makeNetwork({ environment, settings }: Context, name: string, opts: pulumi.CustomResourceOptions): Found {
  const resourceName = `kpaas-${environment.name}`;
  const { id: externalNetworkId } = networking.getNetworkOutput(
    { name: settings.externalNetwork, external: true },
    opts,
  );
  const network = new networking.Network(name, { name: resourceName }, opts);
  const router = new networking.Router(`${name}-router`, { name: resourceName, externalNetworkId }, opts);
  const subnetIds = zoneRanges(environment).map((cidr, zone) => {
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
  return {
    networkId: network.id,
    subnetIds,
    routerId: router.id,
    outboundAddress: () =>
      router.externalFixedIps.apply(([first] = []) => {
        if (!first) throw new Error("the router has no address in the external network");
        return first.ipAddress;
      }),
  };
}
