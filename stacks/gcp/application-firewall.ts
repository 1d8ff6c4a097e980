import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import type {
  ApplicationFirewallGroup,
  ApplicationFirewallRule,
  ApplicationSource,
} from "../../config/application-platform/firewall.ts";
import { firewallGroupName } from "../../config/application-platform/names.ts";
import { protocolAndPorts } from "./firewall.ts";
import type { RoutedNetwork } from "./network.ts";
import { networkTag } from "./network-tag.ts";
import { nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/**
 * Makes a rule for each port of a group, of which a project has few: whoever may come is in it. VMs are in a group by
 * their network tags, so that a group without rules needs nothing. Gives what must be there before a VM is.
 */
export function createApplicationFirewall(
  { environment }: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  const tagOf = (group: ApplicationFirewallGroup) => {
    if (group === "gateway") throw new Error("Google Cloud has haproxy as the gateway");
    return networkTag(firewallGroupName(environment, group));
  };
  return [...args.firewall].flatMap(([group, rules]) =>
    [...byPort(rules)].map(([port, [first, ...others]]) => {
      const sources = [first, ...others].map(({ source }) => sourceOf(args, tagOf, source));
      const ranges = sources.flatMap(({ range }) => range ?? []);
      const tags = sources.flatMap(({ tag }) => tag ?? []);
      return new Firewall(
        `${name}-firewall-${group}-${port}`,
        {
          name: nameOf(environment.name, `cf-${group}-${port}`),
          description: first.purpose,
          network: args.network.id,
          direction: "INGRESS",
          targetTags: [tagOf(group)],
          ...(ranges.length > 0 && { sourceRanges: ranges }),
          ...(tags.length > 0 && { sourceTags: tags }),
          allows: [protocolAndPorts(first)],
        },
        opts,
      );
    }),
  );
}

type Rules = [ApplicationFirewallRule, ...ApplicationFirewallRule[]];

function byPort(rules: readonly ApplicationFirewallRule[]): Map<string, Rules> {
  const ports = new Map<string, Rules>();
  for (const rule of rules) {
    const port = [rule.protocol, ...(rule.fromPort === undefined ? [] : [rule.fromPort])].join("-");
    const known = ports.get(port);
    if (known) known.push(rule);
    else ports.set(port, [rule]);
  }
  return ports;
}

function sourceOf(
  { network, securityGroups }: ApplicationInfrastructureArgs,
  tagOf: (group: ApplicationFirewallGroup) => string,
  source: ApplicationSource,
): { range?: pulumi.Input<string>; tag?: pulumi.Input<string> } {
  if ("cidr" in source) return { range: source.cidr };
  if ("role" in source) return { tag: securityGroupOf({ securityGroups }, source.role).id };
  if ("group" in source) return { tag: tagOf(source.group) };
  const { natAddress } = network as RoutedNetwork;
  return natAddress ? { range: pulumi.interpolate`${natAddress}/32` } : {};
}
