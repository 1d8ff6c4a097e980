import type * as ec2 from "@pulumi/aws/ec2/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { firewallGroupName, namePrefix } from "../../config/application-platform/names.ts";
import { createGroup, createIngressRule } from "./firewall.ts";
import type { RoutedNetwork } from "./network.ts";
import type { Context } from "./settings.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, ec2.SecurityGroup>;

/** Makes the groups that BOSH puts VMs into, by name, and the load balancer's. Gives what must be there before a VM is. */
export function createApplicationFirewall(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): { groups: Groups; resources: pulumi.CustomResource[] } {
  const { environment } = context;
  const vpcId = args.network.id;
  const groups: Groups = new Map(
    [...args.firewall.keys()].map((group) => {
      const isGateway = group === "gateway";
      const groupName = isGateway ? `${namePrefix(environment)}-gateway` : firewallGroupName(environment, group);
      return [
        group,
        createGroup(context, `${name}-firewall-${group}`, { groupName, purpose: `cf ${group}`, vpcId }, opts),
      ];
    }),
  );
  const resources = [...args.firewall].flatMap(([member, rules]) => {
    const group = groups.get(member);
    if (!group) return [];
    return rules.flatMap((rule) =>
      sources(args, groups, rule.source).map((source, index) => {
        const ruleName = `${name}-firewall-${member}-${applicationRuleName(rule)}${index === 0 ? "" : `-${index + 1}`}`;
        return createIngressRule(context, ruleName, group, rule, source, opts);
      }),
    );
  });
  return { groups, resources };
}

/** Gives a rule's sources as the cloud knows them; VMs leave by the NAT gateway of their zone. */
function sources(
  { network, securityGroups }: ApplicationInfrastructureArgs,
  groups: Groups,
  source: ApplicationSource,
) {
  if ("cidr" in source) return [{ cidrIpv4: source.cidr }];
  if ("role" in source) return [{ referencedSecurityGroupId: securityGroupOf({ securityGroups }, source.role).id }];
  if ("outbound" in source)
    return (network as RoutedNetwork).natAddresses.map((address) => ({
      cidrIpv4: address.apply((known) => `${known}/32`),
    }));
  const group = groups.get(source.group);
  return group ? [{ referencedSecurityGroupId: group.id }] : [];
}
