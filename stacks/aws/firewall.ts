import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/machines.ts";
import type { Site } from "./index.ts";
import { tagsOf } from "./provider.ts";

/** A group for each role, which lets everything out and in what the port table says. */
export function createFirewall(
  { environment }: Site,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `${name}-${role}`;
      const group = new ec2.SecurityGroup(
        groupName,
        {
          name: `kpaas-${environment.name}-${role}`,
          description: `K-PaaS ${environment.name}: ${role}`,
          vpcId: network.id,
          tags: tags(groupName),
        },
        opts,
      );
      const outName = `${groupName}-out`;
      new vpc.SecurityGroupEgressRule(
        outName,
        { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0", tags: tags(outName) },
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
      const ruleTag = `${name}-${role}-${ruleName(rule)}`;
      new vpc.SecurityGroupIngressRule(
        ruleTag,
        {
          securityGroupId: group.id,
          ...protocolAndPorts(rule),
          description: rule.purpose.replace(/[^\w .:/()#,@[\]+=&;{}!$*-]/g, ""),
          ...source,
          tags: tags(ruleTag),
        },
        opts,
      );
    }
  return groups;
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { cidrIpv4: source.cidr };
  const group = groups.get(source.role);
  return group && { referencedSecurityGroupId: group.id };
}

/** ICMP has types where others have ports: -1 is every one. Other protocols go by IANA's number and have none. */
function protocolAndPorts({ protocol, fromPort, toPort }: FirewallRule) {
  if (protocol === "icmp") return { ipProtocol: "icmp", fromPort: -1, toPort: -1 };
  if (protocol === "vrrp") return { ipProtocol: "112" };
  return { ipProtocol: protocol, fromPort, toPort };
}
