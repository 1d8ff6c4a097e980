import * as ec2 from "@pulumi/aws/ec2/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets } from "../../config/addresses.ts";
import { zoneName } from "../shared/zones.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** A network, and the ways by which the application platform's subnets go out, each in the order of the zones. */
export interface RoutedNetwork extends Network {
  privateRouteTableIds: pulumi.Output<string>[];
  /** Addresses from which machines without one of their own reach the outside. */
  natAddresses: pulumi.Output<string>[];
}

/**
 * Makes a VPC with three subnets for each zone: what is in front is routed to the internet gateway, the rest goes out
 * by the zone's own NAT gateway, so that no zone depends on another.
 */
export function createNetwork(context: Context, name: string, opts: Opts): RoutedNetwork {
  const { environment } = context;
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const vpc = new ec2.Vpc(
    name,
    { cidrBlock: environment.network.cidr, enableDnsHostnames: true, tags: tags(name) },
    opts,
  );
  const gatewayName = `${name}-internet-gateway`;
  const internetGateway = new ec2.InternetGateway(gatewayName, { vpcId: vpc.id, tags: tags(gatewayName) }, opts);
  const toInternet = (
    routeName: string,
    route: { gatewayId?: pulumi.Input<string>; natGatewayId?: pulumi.Input<string> },
  ) =>
    new ec2.RouteTable(
      routeName,
      { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", ...route }], tags: tags(routeName) },
      opts,
    );
  const inFront = toInternet(`${name}-front`, { gatewayId: internetGateway.id });

  const subnets = tierSubnets(environment).map((plan) => {
    const subnetName = `${name}-${plan.name}`;
    const { id } = new ec2.Subnet(
      subnetName,
      { vpcId: vpc.id, cidrBlock: plan.cidr, availabilityZone: zoneName(context, plan.zone), tags: tags(subnetName) },
      opts,
    );
    return { plan, name: subnetName, id };
  });
  const front = subnets.filter(({ plan }) => plan.tier === "front");
  const natGateways = front.map(({ plan, id }) =>
    natGateway(context, `${name}-nat-${plan.zone + 1}`, id, internetGateway, opts),
  );
  const behind = natGateways.map((nat, zone) => toInternet(`${name}-private-${zone + 1}`, { natGatewayId: nat.id }));

  return {
    id: vpc.id,
    privateRouteTableIds: behind.map(({ id }) => id),
    natAddresses: natGateways.map(({ publicIp }) => publicIp),
    subnetId: subnetLookup(
      subnets.map(({ plan, name, id: subnetId }) => {
        const table = plan.tier === "front" ? inFront : behind[plan.zone];
        if (!table) throw new RangeError(`zone ${plan.zone} has no route table`);
        const association = new ec2.RouteTableAssociation(name, { subnetId, routeTableId: table.id }, opts);
        return { ...plan, id: association.subnetId as pulumi.Output<string> };
      }),
    ),
  };
}

function natGateway(
  { environment }: Context,
  name: string,
  subnetId: pulumi.Output<string>,
  gateway: pulumi.Resource,
  opts: Opts,
) {
  const tags = tagsOf(environment.name, name);
  const address = new ec2.Eip(`${name}-address`, { tags: tagsOf(environment.name, `${name}-address`) }, opts);
  // Its way out must be there first.
  const after = { ...opts, dependsOn: gateway };
  const { id } = new ec2.NatGateway(name, { subnetId, allocationId: address.id, tags }, after);
  return { id, publicIp: address.publicIp };
}
