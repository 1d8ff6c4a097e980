import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { IsSecurityGroup, IsSecurityGroupRule } from "./sdk.ts";
import type { Context } from "./settings.ts";

/** Makes a group for each role, which lets everything out and in what the port table says. */
export function createFirewall(
  { environment }: Context,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const cloudName = (resource: string) => nameOf(environment.name, resource);
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}`;
      const group = new IsSecurityGroup(
        groupName,
        { name: cloudName(groupName), vpc: network.id, tags: tagsOf(environment.name, groupName) },
        opts,
      );
      const outName = `${groupName}-out`;
      new IsSecurityGroupRule(
        outName,
        { name: cloudName(outName), group: group.id, direction: "outbound", remote: "0.0.0.0/0", protocol: "any" },
        opts,
      );
      return [role, group];
    }),
  );
  for (const [role, roleRules] of rules)
    for (const rule of roleRules) {
      const remote = from(rule, groups);
      const group = groups.get(role);
      // A role without machines needs no way in.
      if (!remote || !group) continue;
      const inName = `${name}-${role}-${ruleName(rule)}`;
      new IsSecurityGroupRule(
        inName,
        {
          name: cloudName(inName.replaceAll(".", "-")),
          group: group.id,
          direction: "inbound",
          remote,
          protocol: rule.protocol,
          portMin: rule.fromPort,
          portMax: rule.toPort,
        },
        opts,
      );
    }
  return groups;
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  return "cidr" in source ? source.cidr : groups.get(source.role)?.id;
}
