import * as vpc from "@pulumi/alicloud/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructure, ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { zoneName } from "../shared/zones.ts";
import { createApplicationFirewall } from "./application-firewall.ts";
import { balancedGroups, createApplicationLoadBalancer } from "./application-load-balancer.ts";
import { createAddress, type RoutedNetwork } from "./network.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;
type Facts = Record<string, string | string[]>;

/**
 * Makes what the Alibaba Cloud CPI needs: https://bosh.io/docs/alicloud-cpi/. It attaches haproxy's address to its VM,
 * or VMs to the load balancer. `keyName`: name of the key with which every machine of the environment is made.
 */
export function createApplicationInfrastructure(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs & { keyName: pulumi.Output<string> },
  opts: Opts,
): ApplicationInfrastructure {
  const { settings: platform, directorUser, keyName } = args;
  if (!directorUser) throw new Error("the Alibaba Cloud CPI wants an access key");
  const vswitchIds = createSubnets(context, name, args, opts);
  const { groupIds, resources } = createApplicationFirewall(context, name, args, opts);
  const gateway =
    platform.gateway === "load-balancer"
      ? balancedGateway(context, name, args, opts)
      : haproxyGateway(createAddress(context, `${name}-haproxy`, opts).ipAddress);
  const ready = pulumi.all([...resources, ...gateway.resources].map(({ id }) => id));
  const facts = pulumi
    .all([keyName, gateway.facts, pulumi.all(vswitchIds), pulumi.all(Object.fromEntries(groupIds)), ready])
    .apply(
      ([key_pair_name, ofGateway, vswitches, groups]): Facts => ({
        key_pair_name,
        ...ofGateway,
        ...Object.fromEntries(vswitches.map((id, zone) => [`vswitch_id_z${zone + 1}`, id])),
        ...Object.fromEntries(Object.entries(groups).map(([group, id]) => [`security_group_${group}`, id])),
      }),
    );
  const credentials = directorUser.apply(
    ({ username, password }): Record<string, string> => ({ access_key_id: username, access_key_secret: password }),
  );
  return { facts, credentials: pulumi.secret(credentials), gatewayAddress: gateway.address };
}

interface Gateway {
  address: pulumi.Output<string>;
  facts: pulumi.Output<Facts>;
  resources: pulumi.CustomResource[];
}

function haproxyGateway(address: pulumi.Output<string>): Gateway {
  return { address, facts: address.apply((haproxy_public_ip): Facts => ({ haproxy_public_ip })), resources: [] };
}

function balancedGateway(context: Context, name: string, args: ApplicationInfrastructureArgs, opts: Opts): Gateway {
  const { id, address, resources } = createApplicationLoadBalancer(context, name, args, opts);
  const facts = id.apply(
    (known): Facts => Object.fromEntries(balancedGroups.map((group) => [`slbs_${group}`, [known]])),
  );
  return { address, facts, resources };
}

/** Adds a range to the VPC, with a vSwitch for each zone. Gives their ids, known once VMs there reach the outside. */
function createSubnets(
  context: Context,
  name: string,
  { settings, network }: ApplicationInfrastructureArgs,
  opts: Opts,
): pulumi.Output<string>[] {
  const { environment } = context;
  const range = new vpc.Ipv4CidrBlock(`${name}-range`, { vpcId: network.id, secondaryCidrBlock: settings.cidr }, opts);
  return applicationSubnets(settings, environment.network.zones).map(({ zone, cidr }) => {
    const subnetName = `${name}-${zone + 1}`;
    const { id } = new vpc.Switch(
      subnetName,
      {
        vswitchName: nameOf(environment.name, subnetName),
        vpcId: range.vpcId,
        cidrBlock: cidr,
        zoneId: zoneName(context, zone),
        tags: tagsOf(environment.name, subnetName),
      },
      opts,
    );
    return (network as RoutedNetwork).goOut(subnetName, id, opts);
  });
}
