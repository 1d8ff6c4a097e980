import { ApplicationSecurityGroup } from "@pulumi/azure-native/network/applicationSecurityGroup.js";
import { NetworkSecurityGroup } from "@pulumi/azure-native/network/networkSecurityGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationFirewallRule,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { type FirewallGroup, firewallGroupName } from "../../config/application-platform/names.ts";
import type { Context } from "./context.ts";
import { denyTheRest, inbound, lowestPriority, protocolAndPorts, type RoleGroups } from "./firewall.ts";
import type { RoutedNetwork } from "./network.ts";
import { placed } from "./provider.ts";

type Members = ReadonlyMap<ApplicationFirewallGroup, pulumi.Output<string>>;

/**
 * Makes each group twice, both by the name that BOSH knows: one by which other groups' rules know its VMs, and one of
 * what its VMs let in, which is what every VM does besides its own. Gives what must be there before a VM is.
 */
export function createApplicationFirewall(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  const { environment } = context;
  const groups = [...args.firewall].map(([group, rules]): [FirewallGroup, ApplicationFirewallRule[]] => {
    if (group === "gateway") throw new Error("Azure has haproxy as the gateway");
    return [group, rules];
  });
  const members = groups.map(([group]) => {
    const resourceName = `${name}-firewall-${group}-members`;
    const args = {
      applicationSecurityGroupName: firewallGroupName(environment, group),
      ...placed(context, resourceName),
    };
    return [group, new ApplicationSecurityGroup(resourceName, args, opts)] as const;
  });
  const ids: Members = new Map(members.map(([group, { id }]) => [group, id]));
  const ofEveryVm = args.firewall.get("vms") ?? [];
  const lists = groups.map(([group, own]) => {
    const resourceName = `${name}-firewall-${group}`;
    const rules = group === "vms" ? own : [...own, ...ofEveryVm];
    return new NetworkSecurityGroup(
      resourceName,
      {
        networkSecurityGroupName: firewallGroupName(environment, group),
        ...placed(context, resourceName),
        securityRules: [...allowed(args, ids, rules), denyTheRest],
      },
      opts,
    );
  });
  return [...members.map(([, group]) => group), ...lists];
}

function allowed(args: ApplicationInfrastructureArgs, members: Members, rules: readonly ApplicationFirewallRule[]) {
  const sourced = rules.flatMap((rule) =>
    sources(args, members, rule.source).map((source, index) => ({
      rule,
      source,
      name: `${applicationRuleName(rule)}${index === 0 ? "" : `-${index + 1}`}`,
    })),
  );
  return sourced.map(({ rule, source, name }, index) => ({
    ...inbound,
    name,
    description: rule.purpose,
    access: "Allow" as const,
    priority: lowestPriority + index,
    ...source,
    ...protocolAndPorts(rule),
  }));
}

/** Gives a rule's sources as the cloud knows them; VMs leave by the NAT gateway of their zone. */
function sources(
  { network, securityGroups }: ApplicationInfrastructureArgs,
  members: Members,
  source: ApplicationSource,
) {
  const ofGroup = (id: pulumi.Output<string>) => [{ sourceApplicationSecurityGroups: [{ id }] }];
  if ("cidr" in source) return [{ sourceAddressPrefix: source.cidr }];
  if ("role" in source) {
    const group = securityGroupOf({ securityGroups }, source.role) as RoleGroups;
    return ofGroup(group.applicationSecurityGroupId);
  }
  if ("outbound" in source)
    return (network as RoutedNetwork).natAddresses.map((address) => ({
      sourceAddressPrefix: pulumi.interpolate`${address}/32`,
    }));
  const id = members.get(source.group);
  return id ? ofGroup(id) : [];
}
