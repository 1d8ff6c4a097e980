import type * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationFirewallRule,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import { type FirewallGroup, firewallGroupName } from "../../config/application-platform/names.ts";
import { createGroup, createIngressRule, type IngressSource } from "./firewall.ts";
import type { RoutedNetwork } from "./network.ts";
import type { Context } from "./settings.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, ecs.SecurityGroup>;

interface ApplicationFirewall {
  /** Ids of the groups that BOSH puts VMs into, by the names that it knows. */
  groupIds: Map<string, pulumi.Output<string>>;
  /** Resources that must be there before a VM is. */
  resources: pulumi.CustomResource[];
}

/** Makes the groups; a load balancer has lists in place of one. */
export function createApplicationFirewall(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): ApplicationFirewall {
  const { environment } = context;
  const vpcId = args.network.id;
  const made = [...args.firewall.keys()].flatMap((group): [FirewallGroup, ecs.SecurityGroup][] => {
    if (group === "gateway") return [];
    const groupName = firewallGroupName(environment, group);
    const inGroup = { groupName, purpose: `cf ${group}`, vpcId };
    return [[group, createGroup(context, `${name}-firewall-${group}`, inGroup, opts)]];
  });
  const groups: Groups = new Map(made);
  const rules = [...args.firewall].flatMap(([member, rules]) => {
    const group = groups.get(member);
    if (!group) return [];
    // Named by source: by number, a client more would move those after it to other rules, and the ends of these would close what is
    // still wanted, as the cloud takes a rule that it has for the same one: https://www.alibabacloud.com/help/en/ecs/api-authorizesecuritygroup.
    // What clients come by may be open to them anyway.
    const flows = new Map(
      rules
        .flatMap((rule) => sourcesOf(args, member, rule).map((source) => ({ ...rule, source })))
        .map((flow) => [applicationRuleName(flow), flow]),
    );
    return [...flows].map(([ruleName, flow]) =>
      createIngressRule(`${name}-firewall-${member}-${ruleName}`, group, flow, from(args, groups, flow.source), opts),
    );
  });
  return {
    groupIds: new Map(made.map(([group, { id }]) => [firewallGroupName(environment, group), id])),
    resources: [...groups.values(), ...rules],
  };
}

/** Range from which classic load balancers ask VMs whether they are well. */
const healthChecks = "100.64.0.0/10";

/** Gives the sources of a rule; a load balancer's connections come from its clients. */
function sourcesOf(
  { firewall }: ApplicationInfrastructureArgs,
  member: ApplicationFirewallGroup,
  rule: ApplicationFirewallRule,
): ApplicationSource[] {
  const { source } = rule;
  if (!("group" in source) || source.group !== "gateway") return [source];
  const ports = gatewayListeners
    .filter(({ group, vmPort }) => group === member && isOf(rule, vmPort))
    .map(({ port }) => port);
  const ways = (firewall.get("gateway") ?? []).filter((way) => ports.some((port) => isOf(way, port)));
  return [{ cidr: healthChecks }, ...ways.map((way) => way.source)];
}

/** Gives a rule's source as the cloud knows it; VMs leave by the VPC's NAT gateway. */
function from(
  { network, securityGroups }: ApplicationInfrastructureArgs,
  groups: Groups,
  source: ApplicationSource,
): IngressSource {
  if ("cidr" in source) return { cidrIp: source.cidr };
  if ("outbound" in source) return { cidrIp: natRange(network as RoutedNetwork) };
  const group = "role" in source ? securityGroupOf({ securityGroups }, source.role) : groups.get(source.group);
  if (!group) throw new Error("a load balancer is in no group");
  return { sourceSecurityGroupId: group.id };
}

export const natRange = ({ natAddress }: RoutedNetwork): pulumi.Output<string> => pulumi.interpolate`${natAddress}/32`;

export const isOf = ({ fromPort = 0, toPort = 0 }: ApplicationFirewallRule, port: number): boolean =>
  port >= fromPort && port <= toPort;
