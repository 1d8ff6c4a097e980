import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes a group for each role, which lets everything out and in what the port table says. */
export function createFirewall(
  context: Context,
  name: string,
  { network, rules }: FirewallArgs,
  opts: Opts,
): SecurityGroups {
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      const groupName = `kpaas-${context.environment.name}-${role}`;
      return [role, createGroup(context, `${name}-${role}`, { groupName, purpose: role, vpcId: network.id }, opts)];
    }),
  );
  for (const [role, roleRules] of rules)
    for (const rule of roleRules) {
      const source = from(rule, groups);
      const group = groups.get(role);
      // A role without machines needs no way in.
      if (!source || !group) continue;
      createIngressRule(context, `${name}-${role}-${ruleName(rule)}`, group, rule, source, opts);
    }
  return groups;
}

interface GroupArgs {
  groupName: string;
  purpose: string;
  vpcId: pulumi.Output<string>;
}

/** Makes a group that lets everything out. */
export function createGroup(
  { environment }: Context,
  name: string,
  { groupName, purpose, vpcId }: GroupArgs,
  opts: Opts,
): ec2.SecurityGroup {
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const description = `K-PaaS ${environment.name}: ${purpose}`;
  const group = new ec2.SecurityGroup(name, { name: groupName, description, vpcId, tags: tags(name) }, opts);
  const outName = `${name}-out`;
  new vpc.SecurityGroupEgressRule(
    outName,
    { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0", tags: tags(outName) },
    opts,
  );
  return group;
}

type Inflow = Pick<FirewallRule, "protocol" | "fromPort" | "toPort" | "purpose">;
type Source = Pick<vpc.SecurityGroupIngressRuleArgs, "cidrIpv4" | "referencedSecurityGroupId">;

export function createIngressRule(
  { environment }: Context,
  name: string,
  group: SecurityGroup,
  rule: Inflow,
  source: Source,
  opts: Opts,
): vpc.SecurityGroupIngressRule {
  return new vpc.SecurityGroupIngressRule(
    name,
    {
      securityGroupId: group.id,
      ...protocolAndPorts(rule),
      description: rule.purpose.replace(/[^\w .:/()#,@[\]+=&;{}!$*-]/g, ""),
      ...source,
      tags: tagsOf(environment.name, name),
    },
    opts,
  );
}

function from({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { cidrIpv4: source.cidr };
  const group = groups.get(source.role);
  return group && { referencedSecurityGroupId: group.id };
}

/**
 * Gives a flow's protocol and ports. ICMP has types where others have ports: -1 is every one. Other protocols go by
 * IANA's number and have none.
 */
function protocolAndPorts({ protocol, fromPort, toPort }: Inflow) {
  if (protocol === "icmp") return { ipProtocol: "icmp", fromPort: -1, toPort: -1 };
  if (protocol === "vrrp") return { ipProtocol: "112" };
  return { ipProtocol: protocol, fromPort, toPort };
}
