import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructure, ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { zoneName } from "../shared/zones.ts";
import { createApplicationFirewall } from "./application-firewall.ts";
import { createApplicationLoadBalancer, targetGroupName } from "./application-load-balancer.ts";
import { createDirectorIdentity } from "./director-identity.ts";
import type { RoutedNetwork } from "./network.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * Makes what the AWS CPI needs: https://bosh.io/docs/aws-cpi/. `keyName`: name of the key of every machine of the
 * environment.
 */
export function createApplicationInfrastructure(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs & { keyName: pulumi.Output<string> },
  opts: Opts,
): ApplicationInfrastructure {
  const subnets = createSubnets(context, name, args, opts);
  const { groups, resources } = createApplicationFirewall(context, name, args, opts);
  const group = groups.get("gateway");
  if (!group)
    throw new Error("VMs of private subnets have no addresses to the outside: a load balancer stands before them");
  const gateway = createApplicationLoadBalancer(context, name, { network: args.network, group }, opts);
  const scope = { subnetArns: subnets.map(({ arn }) => arn), targetGroups: targetGroupName(context, "*") };
  const identity = createDirectorIdentity(context, name, scope, opts);
  const ready = pulumi.all([...groups.values(), ...resources, ...gateway.resources].map(({ id }) => id));
  const facts = pulumi.all([args.keyName, identity, pulumi.all(subnets.map(({ id }) => id)), ready]).apply(
    ([default_key_name, iam_instance_profile, subnetIds]): Record<string, string | string[]> => ({
      default_key_name,
      iam_instance_profile,
      ...Object.fromEntries(subnetIds.map((id, zone) => [`subnet_id_z${zone + 1}`, id])),
      ...Object.fromEntries([...gateway.targetGroups].map(([member, names]) => [`lb_target_groups_${member}`, names])),
    }),
  );
  return {
    facts,
    credentials: pulumi.output<Record<string, string>>({}),
    instanceIdentity: identity,
    gatewayAddress: gateway.dnsName,
  };
}

interface ApplicationSubnet {
  /** Id that is known once VMs in the subnet reach the outside. */
  id: pulumi.Output<string>;
  arn: pulumi.Output<string>;
}

/** Adds a range to the VPC beside the machines', with a subnet for each zone, which goes out by the zone's NAT gateway. */
function createSubnets(
  context: Context,
  name: string,
  { settings, network }: ApplicationInfrastructureArgs,
  opts: Opts,
): ApplicationSubnet[] {
  const { environment } = context;
  const { privateRouteTableIds } = network as RoutedNetwork;
  const range = new ec2.VpcIpv4CidrBlockAssociation(
    `${name}-range`,
    { vpcId: network.id, cidrBlock: settings.cidr },
    opts,
  );
  return applicationSubnets(settings, environment.network.zones).map(({ zone, cidr }) => {
    const subnetName = `${name}-${zone + 1}`;
    const routeTableId = privateRouteTableIds[zone];
    if (!routeTableId) throw new RangeError(`zone ${zone} has no route table`);
    const { id: subnetId, arn } = new ec2.Subnet(
      subnetName,
      {
        vpcId: range.vpcId,
        cidrBlock: cidr,
        availabilityZone: zoneName(context, zone),
        tags: tagsOf(environment.name, subnetName),
      },
      opts,
    );
    const { subnetId: id } = new ec2.RouteTableAssociation(subnetName, { subnetId, routeTableId }, opts);
    return { id: id as pulumi.Output<string>, arn };
  });
}
