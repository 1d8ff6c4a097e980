import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import * as pulumi from "@pulumi/pulumi";
import { type FirewallRule, ruleName } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroup, SecurityGroups } from "../../components/infrastructure.ts";
import type { Role } from "../../config/roles/index.ts";
import { nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/**
 * Makes a network tag for each role: a network lets everything out and in what the port table says of machines with the
 * tag.
 */
export function createFirewall(
  { environment }: Context,
  name: string,
  { network, rules }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): SecurityGroups {
  const tags = new Map([...rules.keys()].map((role) => [role, nameOf(environment.name, role)]));
  const groups = [...rules].map(([role, roleRules]): [Role, SecurityGroup] => {
    const tag = nameOf(environment.name, role);
    for (const rule of roleRules) {
      const source = from(rule, tags);
      // A role without machines needs no way in.
      if (!source) continue;
      const firewallName = `${name}-${role}-${ruleName(rule)}`;
      new Firewall(
        firewallName,
        {
          name: nameOf(environment.name, `${role}-${ruleName(rule)}`),
          description: rule.purpose,
          network: network.id,
          direction: "INGRESS",
          targetTags: [tag],
          ...source,
          allows: [protocolAndPorts(rule)],
        },
        opts,
      );
    }
    return [role, { id: pulumi.output(tag) }];
  });
  return new Map(groups);
}

function from({ source }: FirewallRule, tags: ReadonlyMap<Role, string>) {
  if ("cidr" in source) return { sourceRanges: [source.cidr] };
  const tag = tags.get(source.role);
  return tag && { sourceTags: [tag] };
}

/** Gives a flow's protocol and ports. Protocols without ports of their own go by name or by IANA's number. */
export function protocolAndPorts({
  protocol,
  fromPort,
  toPort,
}: Pick<FirewallRule, "protocol" | "fromPort" | "toPort">) {
  if (protocol === "icmp") return { protocol };
  if (protocol === "vrrp") return { protocol: "112" };
  return { protocol, ports: [fromPort === toPort ? `${fromPort}` : `${fromPort}-${toPort}`] };
}
