import { ApplicationSecurityGroup } from "@pulumi/azure-native/network/applicationSecurityGroup.js";
import { NetworkSecurityGroup } from "@pulumi/azure-native/network/networkSecurityGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import type { Context } from "./context.ts";
import { placed } from "./provider.ts";

/** Groups of a machine's network interface: the rules, and the group by which other roles' rules know the machine. */
export interface RoleGroups extends SecurityGroup {
  applicationSecurityGroupId: pulumi.Output<string>;
}

/** Makes a group for each role, which lets everything out and in what the port table says. */
export function createFirewall(
  context: Context,
  name: string,
  { rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const members = new Map(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}-members`;
      const args = { applicationSecurityGroupName: groupName, ...placed(context, groupName) };
      return [role, new ApplicationSecurityGroup(groupName, args, opts).id];
    }),
  );
  return new Map(
    [...rules].map(([role, roleRules]): [Role, RoleGroups] => {
      const groupName = `${name}-${role}`;
      const group = new NetworkSecurityGroup(
        groupName,
        {
          networkSecurityGroupName: groupName,
          ...placed(context, groupName),
          securityRules: [...allowed(roleRules, members), denyTheRest],
        },
        opts,
      );
      return [role, { id: group.id, applicationSecurityGroupId: members.get(role) as pulumi.Output<string> }];
    }),
  );
}

type Members = ReadonlyMap<Role, pulumi.Output<string>>;

export const inbound = { direction: "Inbound", sourcePortRange: "*", destinationAddressPrefix: "*" } as const;

/**
 * Rule against Azure's own ones in each group, which let all of the virtual network in. What probes machines for a load
 * balancer is not part of the network.
 */
export const denyTheRest = {
  ...inbound,
  name: "deny-virtual-network",
  access: "Deny",
  priority: 4096,
  protocol: "*",
  sourceAddressPrefix: "VirtualNetwork",
  destinationPortRange: "*",
} as const;

export const lowestPriority = 100;

function allowed(rules: FirewallRule[], members: Members) {
  const sourced = rules.flatMap((rule) => {
    const source = from(rule, members);
    // A role without machines needs no way in.
    return source ? [{ rule, source }] : [];
  });
  return sourced.map(({ rule, source }, index) => ({
    ...inbound,
    name: ruleName(rule),
    description: rule.purpose,
    access: "Allow" as const,
    priority: lowestPriority + index,
    ...source,
    ...protocolAndPorts(rule),
  }));
}

function from({ source }: FirewallRule, members: Members) {
  if ("cidr" in source) return { sourceAddressPrefix: source.cidr };
  const id = members.get(source.role);
  return id && { sourceApplicationSecurityGroups: [{ id }] };
}

/** Gives a flow's protocol and ports. Throws for VRRP, which Azure does not carry. */
export function protocolAndPorts({
  protocol,
  fromPort,
  toPort,
}: Pick<FirewallRule, "protocol" | "fromPort" | "toPort">) {
  if (protocol === "vrrp") throw new RangeError("Azure has no rules for VRRP");
  if (protocol === "icmp") return { protocol: "Icmp", destinationPortRange: "*" } as const;
  const ports = fromPort === toPort ? `${fromPort}` : `${fromPort}-${toPort}`;
  return { protocol: protocol === "tcp" ? "Tcp" : "Udp", destinationPortRange: ports } as const;
}
