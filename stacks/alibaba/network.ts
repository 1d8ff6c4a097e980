import * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as vpc from "@pulumi/alicloud/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets } from "../../config/addresses.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** A network, and the way by which the application platform's vSwitches go out. */
export interface RoutedNetwork extends Network {
  /** Has the connections of a vSwitch go out by the NAT gateway. Gives the vSwitch's id, known once they do. */
  goOut(name: string, vswitchId: pulumi.Output<string>, opts: Opts): pulumi.Output<string>;
  /** Address from which machines without one of their own reach the outside. */
  natAddress: pulumi.Output<string>;
}

/**
 * Makes a VPC with three vSwitches for each zone. Every one goes out by the NAT gateway, to which the cloud itself
 * routes the VPC and which lives on in another zone when its own fails; a machine with a public address of its own goes
 * out by that.
 */
export function createNetwork(context: Context, name: string, opts: Opts): RoutedNetwork {
  const { environment } = context;
  const named = (resource: string) => nameOf(environment.name, resource);
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const network = new vpc.Network(
    name,
    { vpcName: named(name), cidrBlock: environment.network.cidr, tags: tags(name) },
    opts,
  );
  const subnets = tierSubnets(environment).map((plan) => {
    const subnetName = `${name}-${plan.name}`;
    const { id } = new vpc.Switch(
      subnetName,
      {
        vswitchName: named(subnetName),
        vpcId: network.id,
        cidrBlock: plan.cidr,
        zoneId: zoneName(context, plan.zone),
        tags: tags(subnetName),
      },
      opts,
    );
    return { plan, name: subnetName, id };
  });
  const [front] = subnets;
  if (!front) throw new RangeError("no subnet for the NAT gateway");
  const nat = natGateway(context, `${name}-nat`, network.id, front.id, opts);

  const goOut = (entryName: string, sourceVswitchId: pulumi.Output<string>, opts: Opts) => {
    const entry = new vpc.SnatEntry(
      entryName,
      { snatEntryName: named(entryName), ...nat.translation, sourceVswitchId },
      { ...opts, dependsOn: nat.association },
    );
    return entry.sourceVswitchId as pulumi.Output<string>;
  };
  return {
    id: network.id,
    subnetId: subnetLookup(subnets.map(({ plan, name, id }) => ({ ...plan, id: goOut(name, id, opts) }))),
    goOut,
    natAddress: nat.translation.snatIp,
  };
}

function natGateway(
  context: Context,
  name: string,
  vpcId: pulumi.Output<string>,
  vswitchId: pulumi.Output<string>,
  opts: Opts,
) {
  const { environment } = context;
  const gateway = new vpc.NatGateway(
    name,
    {
      natGatewayName: nameOf(environment.name, name),
      vpcId,
      vswitchId,
      natType: "Enhanced",
      paymentType: "PayAsYouGo",
      internetChargeType: "PayByLcu",
      tags: tagsOf(environment.name, name),
    },
    opts,
  );
  const address = createAddress(context, `${name}-address`, opts);
  const association = new ecs.EipAssociation(
    `${name}-address`,
    { allocationId: address.id, instanceId: gateway.id, instanceType: "Nat" },
    opts,
  );
  return { translation: { snatTableId: gateway.snatTableIds, snatIp: address.ipAddress }, association };
}

/** Makes a public address. */
export function createAddress({ environment, settings }: Context, name: string, opts: Opts): ecs.EipAddress {
  return new ecs.EipAddress(
    name,
    {
      addressName: nameOf(environment.name, name),
      internetChargeType: "PayByTraffic",
      bandwidth: String(settings.publicBandwidthMbps),
      tags: tagsOf(environment.name, name),
    },
    opts,
  );
}
