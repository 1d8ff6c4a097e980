import { Address } from "@pulumi/gcp/compute/address.js";
import { Network as Vpc } from "@pulumi/gcp/compute/network.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { RouterNat } from "@pulumi/gcp/compute/routerNat.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets } from "../../config/addresses.ts";
import { labelsOf, nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** A network, and what the application platform's VMs use of it. */
export interface RoutedNetwork extends Network {
  /** Name, for those who know the network by that only. */
  name: pulumi.Output<string>;
  /** Address from which machines without one of their own reach the outside, where that must be known. */
  natAddress?: pulumi.Output<string>;
}

/**
 * Makes a network with three subnets for each zone, though Google's reach over the region. Machines without an address
 * of their own go out by the region's NAT, which is no machine and depends on no zone. Google gives it addresses as
 * connections need them, but one fixed where an application platform's gateway has to know it: 64,512 connections at
 * once to any one port outside.
 */
export function createNetwork(context: Context, name: string, opts: Opts): RoutedNetwork {
  const { environment } = context;
  const { region } = context.settings;
  const named = (resource: string) => nameOf(environment.name, resource);
  const vpc = new Vpc(name, { name: named(name), autoCreateSubnetworks: false, routingMode: "REGIONAL" }, opts);
  const routerName = `${name}-router`;
  const router = new Router(routerName, { name: named(routerName), network: vpc.id, region }, opts);
  const natName = `${name}-nat`;
  const natAddress = environment.applicationPlatform && createAddress(context, `${natName}-address`, opts);
  const nat = new RouterNat(
    natName,
    {
      name: named(natName),
      router: router.name,
      region,
      ...(natAddress
        ? { natIpAllocateOption: "MANUAL_ONLY", natIps: [natAddress.selfLink] }
        : { natIpAllocateOption: "AUTO_ONLY" }),
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
      // A worker that pulls many images opens more than the 64 connections to one image registry that it would have.
      enableDynamicPortAllocation: true,
      enableEndpointIndependentMapping: false,
    },
    opts,
  );
  const subnets = tierSubnets(environment).map((plan) => {
    const subnetName = `${name}-${plan.name}`;
    const { id } = new Subnetwork(
      subnetName,
      { name: named(subnetName), network: vpc.id, region, ipCidrRange: plan.cidr, privateIpGoogleAccess: true },
      opts,
    );
    return { ...plan, id: pulumi.all([id, nat.id]).apply(([subnetId]) => subnetId) };
  });
  return {
    id: vpc.id,
    subnetId: subnetLookup(subnets),
    name: pulumi.all([vpc.name, nat.id]).apply(([known]) => known),
    natAddress: natAddress?.address,
  };
}

/** Makes a public address. One of a machine stays when the machine is replaced. */
export function createAddress({ environment, settings }: Context, name: string, opts: Opts): Address {
  return new Address(
    name,
    {
      name: nameOf(environment.name, name),
      region: settings.region,
      addressType: "EXTERNAL",
      labels: labelsOf(environment.name, name),
    },
    opts,
  );
}
