import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets } from "../../config/addresses.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { Eip, NatGateway, RouteTable, RouteTableEntry, Subnet, Vpc } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * Makes a VPC with three subnets for each zone: machines in front go out by their own public addresses, the rest by a
 * NAT gateway, which the cloud keeps up when a zone fails.
 */
export function createNetwork(context: Context, name: string, opts: Opts): Network {
  const { environment } = context;
  const named = (resource: string) => ({
    name: nameOf(environment.name, resource),
    tags: tagsOf(environment.name, resource),
  });
  const vpc = new Vpc(name, { ...named(name), cidrBlock: environment.network.cidr, isMulticast: false }, opts);
  const tableName = `${name}-private`;
  const table = new RouteTable(tableName, { ...named(tableName), vpcId: vpc.id }, opts);
  const nextHub = natGateway(context, `${name}-nat`, vpc.id, opts);
  const routed = new RouteTableEntry(
    tableName,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", nextType: "NAT", nextHub },
    opts,
  );

  return {
    id: vpc.id,
    subnetId: subnetLookup(
      tierSubnets(environment).map((plan) => {
        const subnetName = `${name}-${plan.name}`;
        const { id } = new Subnet(
          subnetName,
          {
            ...named(subnetName),
            vpcId: vpc.id,
            cidrBlock: plan.cidr,
            availabilityZone: zoneName(context, plan.zone),
            routeTableId: plan.tier === "front" ? undefined : routed.routeTableId,
            isMulticast: false,
          },
          opts,
        );
        return { ...plan, id };
      }),
    ),
  };
}

function natGateway(context: Context, name: string, vpcId: pulumi.Output<string>, opts: Opts) {
  const { environment, settings } = context;
  const address = createAddress(context, `${name}-address`, opts);
  return new NatGateway(
    name,
    {
      name: nameOf(environment.name, name),
      vpcId,
      // The next size that the cloud sells.
      bandwidth: [20, 50, 100, 200].find((mbps) => mbps >= settings.publicBandwidthMbps) ?? 200,
      maxConcurrent: 1_000_000,
      assignedEipSets: [address.publicIp],
      tags: tagsOf(environment.name, name),
    },
    opts,
  ).id;
}

/** Makes a public address. */
export function createAddress({ environment, settings }: Context, name: string, opts: Opts): Eip {
  return new Eip(
    name,
    {
      name: nameOf(environment.name, name),
      internetChargeType: "TRAFFIC_POSTPAID_BY_HOUR",
      internetMaxBandwidthOut: settings.publicBandwidthMbps,
      tags: tagsOf(environment.name, name),
    },
    opts,
  );
}
