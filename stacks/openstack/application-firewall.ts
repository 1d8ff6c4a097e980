import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { firewallGroupName, namePrefix } from "../../config/application-platform/names.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import type { Context } from "./context.ts";
import { goingWith } from "./firewall.ts";
import type { RoutedNetwork } from "./network.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, networking.SecGroup>;

/**
 * Makes the groups that BOSH puts VMs into, by name. A load balancer gets one where it takes one. Gives what must be
 * there before a VM is, and the load balancer's group.
 */
export function createApplicationFirewall(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): { resources: pulumi.CustomResource[]; gatewayGroup?: networking.SecGroup } {
  const { environment, variant } = context;
  const groups: Groups = new Map(
    [...args.firewall.keys()]
      .filter((group) => group !== "gateway" || !variant.octavia)
      .map((group) => {
        const groupName =
          group === "gateway" ? `${namePrefix(environment)}-gateway` : firewallGroupName(environment, group);
        return [group, new networking.SecGroup(`${name}-firewall-${group}`, { name: groupName }, opts)];
      }),
  );
  const rules = [...args.firewall].flatMap(([group, rules]) => {
    const made = groups.get(group);
    if (!made) return [];
    return rules.flatMap((rule) =>
      remotes(context, args, groups, rule.source).map((source, index) => {
        const ruleName = `${applicationRuleName(rule)}${index === 0 ? "" : `-${index + 1}`}`;
        return new networking.SecGroupRule(
          `${name}-firewall-${group}-${ruleName}`,
          {
            securityGroupId: made.id,
            direction: "ingress",
            ethertype: "IPv4",
            protocol: rule.protocol,
            portRangeMin: rule.fromPort,
            portRangeMax: rule.toPort,
            description: rule.purpose,
            ...source,
          },
          goingWith(made, opts),
        );
      }),
    );
  });
  return { resources: [...groups.values(), ...rules], gatewayGroup: groups.get("gateway") };
}

function remotes(
  { environment, settings: { network: existing } }: Context,
  { settings, network, securityGroups }: ApplicationInfrastructureArgs,
  groups: Groups,
  source: ApplicationSource,
) {
  if ("cidr" in source) return [{ remoteIpPrefix: source.cidr }];
  if ("role" in source) return [{ remoteGroupId: securityGroupOf({ securityGroups }, source.role).id }];
  if ("outbound" in source) {
    const outbound = (network as RoutedNetwork).outboundAddress?.();
    return outbound ? [{ remoteIpPrefix: outbound.apply((address) => `${address}/32`) }] : [];
  }
  // The machines of a load balancer are in no group of ours. The CPI has them reach each VM from the VM's own subnet, where they have
  // addresses that the cloud chose.
  if (source.group === "gateway")
    return applicationSubnets(settings, environment.network.zones).map(({ cidr, cloudAddresses }) => ({
      remoteIpPrefix: existing ? cidr : cloudAddresses.cidr,
    }));
  const group = groups.get(source.group);
  return group ? [{ remoteGroupId: group.id }] : [];
}
