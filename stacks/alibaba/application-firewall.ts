import type * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationGroundArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-part.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationFirewallRule,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import { type FirewallGroup, firewallGroupName } from "../../config/application-platform/names.ts";
import { createGroup, createIngressRule, type IngressSource } from "./firewall.ts";
import type { Site } from "./index.ts";
import type { RoutedNetwork } from "./network.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, ecs.SecurityGroup>;

interface ApplicationFirewall {
  /** Ids of the groups that BOSH puts VMs into, by the names that it knows. */
  groupIds: Map<string, pulumi.Output<string>>;
  /** What must be there before a VM is. */
  resources: pulumi.CustomResource[];
}

/** A load balancer has lists in place of a group. */
export function createApplicationFirewall(
  site: Site,
  name: string,
  args: ApplicationGroundArgs,
  opts: pulumi.CustomResourceOptions,
): ApplicationFirewall {
  const { environment } = site;
  const vpcId = args.network.id;
  const made = [...args.firewall.keys()].flatMap((group): [FirewallGroup, ecs.SecurityGroup][] => {
    if (group === "gateway") return [];
    const groupName = firewallGroupName(environment, group);
    const inGroup = { groupName, purpose: `cf ${group}`, vpcId };
    return [[group, createGroup(site, `${name}-firewall-${group}`, inGroup, opts)]];
  });
  const groups: Groups = new Map(made);
  const rules = [...args.firewall].flatMap(([member, rules]) => {
    const group = groups.get(member);
    if (!group) return [];
    return rules.flatMap((rule) =>
      sourcesOf(args, groups, member, rule).map((source, index) => {
        const ruleName = `${name}-firewall-${member}-${applicationRuleName(rule)}${index === 0 ? "" : `-${index + 1}`}`;
        return createIngressRule(ruleName, group, rule, source, opts);
      }),
    );
  });
  return {
    groupIds: new Map(made.map(([group, { id }]) => [firewallGroupName(environment, group), id])),
    resources: [...groups.values(), ...rules],
  };
}

/** From which classic load balancers ask VMs whether they are well. */
const healthChecks = "100.64.0.0/10";

/** VMs leave by the VPC's NAT gateway. A load balancer's connections come from its clients. */
function sourcesOf(
  args: ApplicationGroundArgs,
  groups: Groups,
  member: ApplicationFirewallGroup,
  rule: ApplicationFirewallRule,
): IngressSource[] {
  const { network, securityGroups } = args;
  const { source } = rule;
  if ("cidr" in source) return [{ cidrIp: source.cidr }];
  if ("role" in source) return [{ sourceSecurityGroupId: securityGroupOf({ securityGroups }, source.role).id }];
  if ("outbound" in source) return [{ cidrIp: natRange(network as RoutedNetwork) }];
  if (source.group === "gateway") return [{ cidrIp: healthChecks }, ...clientsOf(args, member, rule)];
  const group = groups.get(source.group);
  return group ? [{ sourceSecurityGroupId: group.id }] : [];
}

export const natRange = ({ natAddress }: RoutedNetwork): pulumi.Output<string> => pulumi.interpolate`${natAddress}/32`;

/** Of the gateway's ports that lead to a rule's. */
function clientsOf(
  { network, firewall }: ApplicationGroundArgs,
  member: ApplicationFirewallGroup,
  rule: ApplicationFirewallRule,
): IngressSource[] {
  const ports = gatewayListeners
    .filter(({ group, vmPort }) => group === member && isOf(rule, vmPort))
    .map(({ port }) => port);
  const sources = (firewall.get("gateway") ?? [])
    .filter((rule) => ports.some((port) => isOf(rule, port)))
    .map(({ source }) => source);
  const unique = new Map<string, ApplicationSource>(sources.map((source) => [JSON.stringify(source), source]));
  return [...unique.values()].flatMap((source): IngressSource[] => {
    if ("cidr" in source) return [{ cidrIp: source.cidr }];
    return "outbound" in source ? [{ cidrIp: natRange(network as RoutedNetwork) }] : [];
  });
}

export const isOf = ({ fromPort = 0, toPort = 0 }: ApplicationFirewallRule, port: number): boolean =>
  port >= fromPort && port <= toPort;
