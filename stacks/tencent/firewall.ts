import type * as pulumi from "@pulumi/pulumi";
import type { FirewallRule } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { SecurityGroup, SecurityGroupRuleSet, type SecurityRule } from "./sdk.ts";
import type { Context } from "./settings.ts";

const everythingOut: SecurityRule[] = [{ action: "ACCEPT", protocol: "ALL", port: "ALL", cidrBlock: "0.0.0.0/0" }];

/** Makes a group for each role, which lets everything out and in what the port table says. */
export function createFirewall(
  { environment }: Context,
  name: string,
  { rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}`;
      const group = new SecurityGroup(
        groupName,
        {
          name: nameOf(environment.name, role),
          description: `K-PaaS ${environment.name}: ${role}`,
          tags: tagsOf(environment.name, groupName),
        },
        opts,
      );
      return [role, group];
    }),
  );
  for (const [role, roleRules] of rules) {
    const group = groups.get(role);
    if (!group) continue;
    new SecurityGroupRuleSet(
      `${name}-${role}-rules`,
      {
        securityGroupId: group.id,
        ingresses: roleRules.flatMap((rule) => ingress(rule, groups)),
        egresses: everythingOut,
      },
      opts,
    );
  }
  return groups;
}

/** Gives a rule's form in Tencent's group; none from a role without machines, which needs no way in. */
function ingress(rule: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>): SecurityRule[] {
  const source = from(rule, groups);
  return source ? [{ action: "ACCEPT", ...protocolAndPorts(rule), description: rule.purpose, ...source }] : [];
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { cidrBlock: source.cidr };
  const group = groups.get(source.role);
  return group && { sourceSecurityId: group.id };
}

/** Gives a rule's protocol and ports. ICMP has no ports. VRRP has no name here: only every protocol together has it. */
function protocolAndPorts({ protocol, fromPort, toPort }: FirewallRule): Pick<SecurityRule, "protocol" | "port"> {
  if (protocol === "icmp") return { protocol: "ICMP" };
  if (protocol === "vrrp") return { protocol: "ALL", port: "ALL" };
  return {
    protocol: protocol === "tcp" ? "TCP" : "UDP",
    port: fromPort === toPort ? `${fromPort}` : `${fromPort}-${toPort}`,
  };
}
