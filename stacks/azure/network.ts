import { NatGateway } from "@pulumi/azure-native/network/natGateway.js";
import { PublicIPAddress } from "@pulumi/azure-native/network/publicIPAddress.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, type TierSubnet, tierSubnets } from "../../config/addresses.ts";
import type { Site } from "./index.ts";
import { placed } from "./provider.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * A virtual network with three subnets for each zone, made together with it, as Azure takes one change of a network at a time.
 * What is in front goes out by addresses of its own, the rest by the zone's own NAT gateway, so that no zone depends on another.
 */
export function createNetwork(site: Site, name: string, opts: Opts): Network {
  const { environment } = site;
  const plans = tierSubnets(environment);
  const natGateways = plans
    .filter(({ tier }) => tier === "front")
    .map(({ zone }) => natGateway(site, `${name}-nat-${zone + 1}`, zone, opts));
  const { id } = new VirtualNetwork(
    name,
    {
      virtualNetworkName: name,
      ...placed(site, name),
      addressSpace: { addressPrefixes: [environment.network.cidr] },
      subnets: plans.map((plan) => ({
        name: plan.name,
        addressPrefix: plan.cidr,
        defaultOutboundAccess: false,
        natGateway: plan.tier === "front" ? undefined : { id: natGateways[plan.zone] },
      })),
    },
    opts,
  );
  const subnetId = ({ name: subnet }: TierSubnet) => pulumi.interpolate`${id}/subnets/${subnet}`;
  return { id, subnetId: subnetLookup(plans.map((plan) => ({ ...plan, id: subnetId(plan) }))) };
}

function natGateway(site: Site, name: string, zone: number, opts: Opts): pulumi.Output<string> {
  const address = publicAddress(site, `${name}-address`, zone, opts);
  return new NatGateway(
    name,
    {
      natGatewayName: name,
      ...placed(site, name),
      sku: { name: "Standard" },
      publicIpAddresses: [{ id: address.id }],
      zones: [zoneName(site, zone)],
    },
    opts,
  ).id;
}

export function publicAddress(site: Site, name: string, zone: number, opts: Opts): PublicIPAddress {
  return new PublicIPAddress(
    name,
    {
      publicIpAddressName: name,
      ...placed(site, name),
      sku: { name: "Standard" },
      publicIPAllocationMethod: "Static",
      zones: [zoneName(site, zone)],
    },
    opts,
  );
}

export function zoneName({ settings }: Pick<Site, "settings">, zone: number): string {
  const name = settings.availabilityZones[zone];
  if (!name) throw new RangeError(`zone ${zone} of ${settings.availabilityZones.length}`);
  return name;
}
