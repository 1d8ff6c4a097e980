import type * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationGroundArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-part.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { type FirewallGroup, firewallGroupName } from "../../config/application-platform/names.ts";
import { createGroup, createIngressRule } from "./firewall.ts";
import type { Site } from "./index.ts";
import type { RoutedNetwork } from "./network.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, ecs.SecurityGroup>;

interface ApplicationFirewall {
  /** Ids of the groups that BOSH puts VMs into, by the names that it knows. */
  groupIds: Map<string, pulumi.Output<string>>;
  /** What must be there before a VM is. */
  resources: pulumi.CustomResource[];
}

export function createApplicationFirewall(
  site: Site,
  name: string,
  args: ApplicationGroundArgs,
  opts: pulumi.CustomResourceOptions,
): ApplicationFirewall {
  const { environment } = site;
  const vpcId = args.network.id;
  const made = [...args.firewall.keys()].map((group): [FirewallGroup, ecs.SecurityGroup] => {
    if (group === "gateway") throw new Error("Alibaba Cloud has haproxy as the gateway");
    const groupName = firewallGroupName(environment, group);
    return [group, createGroup(site, `${name}-firewall-${group}`, { groupName, purpose: `cf ${group}`, vpcId }, opts)];
  });
  const groups: Groups = new Map(made);
  const rules = [...args.firewall].flatMap(([member, rules]) => {
    const group = groups.get(member);
    if (!group) return [];
    return rules.flatMap((rule) => {
      const source = sourceOf(args, groups, rule.source);
      const ruleName = `${name}-firewall-${member}-${applicationRuleName(rule)}`;
      return source ? [createIngressRule(ruleName, group, rule, source, opts)] : [];
    });
  });
  return {
    groupIds: new Map(made.map(([group, { id }]) => [firewallGroupName(environment, group), id])),
    resources: [...groups.values(), ...rules],
  };
}

/** VMs leave by the VPC's NAT gateway. */
function sourceOf({ network, securityGroups }: ApplicationGroundArgs, groups: Groups, source: ApplicationSource) {
  if ("cidr" in source) return { cidrIp: source.cidr };
  if ("role" in source) return { sourceSecurityGroupId: securityGroupOf({ securityGroups }, source.role).id };
  if ("outbound" in source) return { cidrIp: pulumi.interpolate`${(network as RoutedNetwork).natAddress}/32` };
  const group = groups.get(source.group);
  return group && { sourceSecurityGroupId: group.id };
}
