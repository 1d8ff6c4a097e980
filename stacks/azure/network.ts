import { NatGateway } from "@pulumi/azure-native/network/natGateway.js";
import { PublicIPAddress } from "@pulumi/azure-native/network/publicIPAddress.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, type TierSubnet, tierSubnets } from "../../config/addresses.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { zoneName } from "../shared/zones.ts";
import type { Context } from "./context.ts";
import { placed } from "./provider.ts";

type Opts = pulumi.CustomResourceOptions;

/** A network, and what the application platform's VMs use of it. */
export interface RoutedNetwork extends Network {
  /** Name, for those who know the network by that only. */
  name: pulumi.Output<string>;
  /** Subnets of the application platform, in the order of the zones. */
  applicationSubnets: { name: string; id: pulumi.Output<string> }[];
  /** Addresses from which machines without one of their own reach the outside. */
  natAddresses: pulumi.Output<string>[];
}

/**
 * Makes a virtual network together with three subnets for each zone, as Azure takes one change of a network at a time.
 * What is in front goes out by addresses of its own, the rest by the zone's own NAT gateway, so that no zone depends on another.
 * An application platform has a further range with a subnet for each zone.
 */
export function createNetwork(context: Context, name: string, opts: Opts): RoutedNetwork {
  const { environment } = context;
  const plans = tierSubnets(environment);
  const natGateways = plans
    .filter(({ tier }) => tier === "front")
    .map(({ zone }) => natGateway(context, `${name}-nat-${zone + 1}`, zone, opts));
  const { applicationPlatform, network } = environment;
  const applications = applicationPlatform ? applicationSubnets(applicationPlatform, network.zones) : [];
  const ofApplications = applications.map(({ zone, cidr }) => ({ name: `applications-${zone + 1}`, zone, cidr }));
  const { id, name: networkName } = new VirtualNetwork(
    name,
    {
      virtualNetworkName: name,
      ...placed(context, name),
      addressSpace: { addressPrefixes: [network.cidr, ...(applicationPlatform ? [applicationPlatform.cidr] : [])] },
      subnets: [
        ...plans.map((plan) => ({ ...plan, goesOutByItself: plan.tier === "front" })),
        ...ofApplications.map((plan) => ({ ...plan, goesOutByItself: false })),
      ].map((plan) => ({
        name: plan.name,
        addressPrefix: plan.cidr,
        defaultOutboundAccess: false,
        natGateway: plan.goesOutByItself ? undefined : { id: natGateways[plan.zone]?.id },
      })),
    },
    opts,
  );
  const subnetId = ({ name: subnet }: Pick<TierSubnet, "name">) => pulumi.interpolate`${id}/subnets/${subnet}`;
  return {
    id,
    name: networkName,
    subnetId: subnetLookup(plans.map((plan) => ({ ...plan, id: subnetId(plan) }))),
    applicationSubnets: ofApplications.map((plan) => ({ name: plan.name, id: subnetId(plan) })),
    natAddresses: natGateways.map(({ address }) => address),
  };
}

function natGateway(context: Context, name: string, zone: number, opts: Opts) {
  const address = publicAddress(context, `${name}-address`, zone, opts);
  const { id } = new NatGateway(
    name,
    {
      natGatewayName: name,
      ...placed(context, name),
      sku: { name: "Standard" },
      publicIpAddresses: [{ id: address.id }],
      zones: [zoneName(context, zone)],
    },
    opts,
  );
  return { id, address: address.ipAddress.apply((known) => known ?? "") };
}

export function publicAddress(context: Context, name: string, zone: number, opts: Opts): PublicIPAddress {
  return new PublicIPAddress(
    name,
    {
      publicIpAddressName: name,
      ...placed(context, name),
      sku: { name: "Standard" },
      publicIPAllocationMethod: "Static",
      zones: [zoneName(context, zone)],
    },
    opts,
  );
}
