import * as ecs from "@pulumi/alicloud/ecs/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/machines.ts";
import type { Site } from "./index.ts";
import { nameOf, tagsOf } from "./provider.ts";

/** A group for each role, which lets everything out, as the cloud's groups do, and in what the port table says. */
export function createFirewall(
  { environment }: Site,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}`;
      const group = new ecs.SecurityGroup(
        groupName,
        {
          securityGroupName: nameOf(environment.name, role),
          description: `K-PaaS ${environment.name}: ${role}`,
          vpcId: network.id,
          // Machines of a group trust one another no more than the port table says.
          innerAccessPolicy: "Drop",
          tags: tagsOf(environment.name, groupName),
        },
        opts,
      );
      return [role, group];
    }),
  );
  for (const [role, roleRules] of rules)
    for (const rule of roleRules) {
      const source = from(rule, groups);
      const group = groups.get(role);
      // A role without machines needs no way in.
      if (!source || !group) continue;
      new ecs.SecurityGroupRule(
        `${name}-${role}-${ruleName(rule)}`,
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
  return groups;
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { cidrIp: source.cidr };
  const group = groups.get(source.role);
  return group && { sourceSecurityGroupId: group.id };
}

/** What has no ports takes every one. VRRP has no name here: only every protocol together has it. */
function protocolAndPorts({ protocol, fromPort, toPort }: FirewallRule) {
  if (protocol === "icmp") return { ipProtocol: "icmp", portRange: "-1/-1" };
  if (protocol === "vrrp") return { ipProtocol: "all", portRange: "-1/-1" };
  return { ipProtocol: protocol, portRange: `${fromPort}/${toPort}` };
}
