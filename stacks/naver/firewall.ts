import type * as pulumi from "@pulumi/pulumi";
import type { FirewallRule } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import type { VpcNetwork } from "./network.ts";
import { nameOf } from "./provider.ts";
import { AccessControlGroup, AccessControlGroupRule, type AccessRule } from "./sdk.ts";
import type { Context } from "./settings.ts";

/** Rules that let everything out: groups let nothing out of themselves. */
const everythingOut: AccessRule[] = [
  { protocol: "TCP", portRange: "1-65535", ipBlock: "0.0.0.0/0" },
  { protocol: "UDP", portRange: "1-65535", ipBlock: "0.0.0.0/0" },
  { protocol: "ICMP", ipBlock: "0.0.0.0/0" },
];

/**
 * Makes a group for each role, which lets everything out and in what the port table says. The workers' is the VPC's
 * default group: only so does a worker need no network interface of its own.
 */
export function createFirewall(
  { environment }: Context,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const groups = new Map<Role, SecurityGroup>(
    [...rules.keys()].map((role) => {
      if (role === "worker") return [role, { id: (network as VpcNetwork).defaultGroupNo }];
      const groupName = `${name}-${role}`;
      const group = new AccessControlGroup(
        groupName,
        {
          name: nameOf(environment.name, groupName),
          vpcNo: network.id,
          description: `K-PaaS ${environment.name}: ${role}`,
        },
        opts,
      );
      return [role, group];
    }),
  );
  for (const [role, roleRules] of rules) {
    const group = groups.get(role);
    if (!group) continue;
    new AccessControlGroupRule(
      `${name}-${role}-rules`,
      {
        accessControlGroupNo: group.id,
        inbounds: roleRules.flatMap((rule) => inbound(rule, groups)),
        outbounds: everythingOut,
      },
      opts,
    );
  }
  return groups;
}

/** Gives a rule's form in Naver's group; none from a role without machines, which needs no way in. */
function inbound(rule: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>): AccessRule[] {
  const from = source(rule, groups);
  return from ? [{ ...protocolAndPorts(rule), description: rule.purpose, ...from }] : [];
}

function source({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>) {
  if ("cidr" in source) return { ipBlock: source.cidr };
  const group = groups.get(source.role);
  return group && { sourceAccessControlGroupNo: group.id };
}

/** Gives a rule's protocol and ports. Protocols without a name there go by IANA's number and, as ICMP, have no ports. */
function protocolAndPorts({ protocol, fromPort, toPort }: FirewallRule) {
  if (protocol === "icmp") return { protocol: "ICMP" };
  if (protocol === "vrrp") return { protocol: "112" };
  return { protocol: protocol.toUpperCase(), portRange: fromPort === toPort ? `${fromPort}` : `${fromPort}-${toPort}` };
}
