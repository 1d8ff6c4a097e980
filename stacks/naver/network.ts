import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets, zoneRanges } from "../../config/addresses.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf } from "./provider.ts";
import { NatGateway, Route, RouteTable, RouteTableAssociation, Subnet, type SubnetArgs, Vpc } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

export interface VpcNetwork extends Network {
  /** Number of the group in which servers are whose network interface Naver chooses. */
  defaultGroupNo: pulumi.Output<string>;
}

/**
 * Makes a VPC with three subnets for each zone: what is in front is routed to the internet, the rest goes out by the
 * zone's own NAT gateway, so that no zone depends on another. A NAT gateway has a subnet of its own, for which the part
 * in front gives its upper half.
 */
export function createNetwork(context: Context, name: string, opts: Opts): VpcNetwork {
  const { environment } = context;
  const cloudName = (resource: string) => nameOf(environment.name, resource);
  const vpc = new Vpc(name, { name: cloudName(name), ipv4CidrBlock: environment.network.cidr }, opts);
  const subnet = (
    subnetName: string,
    zone: number,
    args: Pick<SubnetArgs, "subnet" | "subnetType" | "usageType">,
  ): pulumi.Output<string> =>
    new Subnet(
      subnetName,
      {
        name: cloudName(subnetName),
        vpcNo: vpc.id,
        zone: zoneName(context, zone),
        networkAclNo: vpc.defaultNetworkAclNo,
        ...args,
      },
      opts,
    ).id;

  const subnets = tierSubnets(environment).map((plan) => {
    const subnetName = `${name}-${plan.name}`;
    const inFront = plan.tier === "front";
    const id = subnet(subnetName, plan.zone, {
      subnet: inFront ? halves(plan.cidr).machines : plan.cidr,
      subnetType: inFront ? "PUBLIC" : "PRIVATE",
      usageType: "GEN",
    });
    return { ...plan, name: subnetName, id };
  });
  const front = subnets.filter(({ tier }) => tier === "front");
  const behind = front.map(({ cidr, zone }) => {
    const natName = `${name}-nat-${zone + 1}`;
    const subnetNo = subnet(`${natName}-subnet`, zone, {
      subnet: halves(cidr).natGateway,
      subnetType: "PUBLIC",
      usageType: "NATGW",
    });
    const gateway = new NatGateway(
      natName,
      { name: cloudName(natName), vpcNo: vpc.id, subnetNo, zone: zoneName(context, zone) },
      opts,
    );
    return privateRoutes(context, `${name}-private-${zone + 1}`, vpc, gateway, opts);
  });

  return {
    id: vpc.id,
    defaultGroupNo: vpc.defaultAccessControlGroupNo,
    subnetId: subnetLookup(
      subnets.map(({ name: subnetName, tier, zone, id }) => {
        const routeTableNo = behind[zone];
        if (tier === "front" || !routeTableNo) return { tier, zone, id };
        const association = new RouteTableAssociation(subnetName, { routeTableNo, subnetNo: id }, opts);
        return { tier, zone, id: association.subnetNo };
      }),
    ),
  };
}

/** Makes a route table, and gives its number, known once it has its route. */
function privateRoutes(
  { environment }: Context,
  name: string,
  { id: vpcNo }: Vpc,
  gateway: NatGateway,
  opts: Opts,
): pulumi.Output<string> {
  const table = new RouteTable(
    name,
    { name: nameOf(environment.name, name), vpcNo, supportedSubnetType: "PRIVATE" },
    opts,
  );
  const route = new Route(
    name,
    {
      routeTableNo: table.id,
      destinationCidrBlock: "0.0.0.0/0",
      targetType: "NATGW",
      targetName: gateway.name,
      targetNo: gateway.id,
    },
    opts,
  );
  return pulumi.all([table.id, route.id]).apply(([id]) => id);
}

function halves(frontCidr: string): { machines: string; natGateway: string } {
  const [machines, natGateway] = zoneRanges({ network: { cidr: frontCidr, zones: 2 } });
  if (!machines || !natGateway) throw new RangeError(`${frontCidr} has no halves`);
  return { machines, natGateway };
}
