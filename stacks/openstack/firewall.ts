import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import { zoneRanges } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import type { Role } from "../../config/roles/index.ts";
import type { Context } from "./context.ts";

/** A group with its name: Nova knows a server's groups by their names, Neutron a port's by their ids. */
export interface NamedSecurityGroup extends SecurityGroup {
  name: pulumi.Output<string>;
}

/**
 * Makes a group for each role that has machines, and for a load balancer that takes one, which lets everything out and
 * in what the port table says.
 */
export function createFirewall(
  { environment, variant }: Context,
  name: string,
  { rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const { containerPlatform } = environment;
  const groups = new Map<Role, networking.SecGroup>(
    [...rules.keys()]
      .filter((role) => role !== "haproxy" || containerPlatform.haproxy || !variant.octavia)
      .map((role) => [
        role,
        new networking.SecGroup(`${name}-${role}`, { name: `kpaas-${environment.name}-${role}` }, opts),
      ]),
  );
  for (const [role, roleRules] of rules)
    for (const rule of roleRules) {
      const source = remote(rule, groups, environment);
      const group = groups.get(role);
      // A role without machines needs no way in.
      if (!source || !group) continue;
      new networking.SecGroupRule(
        `${name}-${role}-${ruleName(rule)}`,
        {
          securityGroupId: group.id,
          direction: "ingress",
          ethertype: "IPv4",
          protocol: rule.protocol,
          portRangeMin: rule.fromPort,
          portRangeMax: rule.toPort,
          description: rule.purpose,
          ...source,
        },
        goingWith(group, opts),
      );
    }
  return groups;
}

/**
 * Gives the options of a rule: Neutron deletes a group together with its rules and those that name it. One after
 * another, as its provider deletes them, takes 5 s for each.
 */
export function goingWith(
  group: networking.SecGroup,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  return { ...opts, deletedWith: group };
}

function remote({ source }: FirewallRule, groups: ReadonlyMap<Role, SecurityGroup>, environment: Environment) {
  if ("cidr" in source) return { remoteIpPrefix: source.cidr };
  const { haproxy } = environment.containerPlatform;
  // The machines of a load balancer are in no group of ours, and take any free address of its subnet.
  if (source.role === "haproxy" && !haproxy) return { remoteIpPrefix: zoneRanges(environment)[0] };
  const group = groups.get(source.role);
  return group && { remoteGroupId: group.id };
}
