import * as ecs from "@pulumi/alicloud/ecs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** Makes a group for each role, which lets everything out, as the cloud's groups do, and in what the port table says. */
export function createFirewall(
  context: Context,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const { environment } = context;
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}`;
      const args = { groupName: nameOf(environment.name, role), purpose: role, vpcId: network.id };
      const group = createGroup(context, groupName, args, opts);
      return [role, group];
    }),
  );
  for (const [role, roleRules] of rules)
    for (const rule of roleRules) {
      const source = from(rule, groups);
      const group = groups.get(role);
      // A role without machines needs no way in.
      if (!source || !group) continue;
      createIngressRule(`${name}-${role}-${ruleName(rule)}`, group, rule, source, opts);
    }
  return groups;
}

interface GroupArgs {
  groupName: string;
  purpose: string;
  vpcId: pulumi.Output<string>;
}

export function createGroup(
  { environment }: Context,
  name: string,
  { groupName, purpose, vpcId }: GroupArgs,
  opts: pulumi.CustomResourceOptions,
): ecs.SecurityGroup {
  return new ecs.SecurityGroup(
    name,
    {
      securityGroupName: groupName,
      description: `K-PaaS ${environment.name}: ${purpose}`,
      vpcId,
      // Machines of a group trust one another no more than the port table says.
      innerAccessPolicy: "Drop",
      tags: tagsOf(environment.name, name),
    },
    opts,
  );
}

type Inflow = Pick<FirewallRule, "protocol" | "fromPort" | "toPort" | "purpose">;
export type IngressSource = Pick<ecs.SecurityGroupRuleArgs, "cidrIp" | "sourceSecurityGroupId">;

export function createIngressRule(
  name: string,
  group: SecurityGroup,
  rule: Inflow,
  source: IngressSource,
  opts: pulumi.CustomResourceOptions,
): ecs.SecurityGroupRule {
  return new ecs.SecurityGroupRule(
    name,
    {
      securityGroupId: group.id,
      type: "ingress",
      nicType: "intranet",
      ...protocolAndPorts(rule),
      description: rule.purpose,
      ...source,
    },
    opts,
  );
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { cidrIp: source.cidr };
  const group = groups.get(source.role);
  return group && { sourceSecurityGroupId: group.id };
}

/**
 * Gives a flow's protocol and ports: every port where it has none. VRRP has no name here: only every protocol together
 * has it.
 */
function protocolAndPorts({ protocol, fromPort, toPort }: Inflow) {
  if (protocol === "icmp") return { ipProtocol: "icmp", portRange: "-1/-1" };
  if (protocol === "vrrp") return { ipProtocol: "all", portRange: "-1/-1" };
  return { ipProtocol: protocol, portRange: `${fromPort}/${toPort}` };
}
