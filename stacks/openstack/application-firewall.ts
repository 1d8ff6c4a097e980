import * as networking from "@pulumi/openstack/networking/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationGroundArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-part.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationSource,
  applicationRuleName,
} from "../../config/application-platform/firewall.ts";
import { firewallGroupName, namePrefix } from "../../config/application-platform/names.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import type { Site } from "./index.ts";
import type { RoutedNetwork } from "./network.ts";

type Groups = ReadonlyMap<ApplicationFirewallGroup, networking.SecGroup>;

/**
 * The groups that BOSH puts VMs into, by name. A load balancer gets one where it takes one. Gives what must be there before a VM is,
 * and the load balancer's group.
 */
export function createApplicationFirewall(
  site: Site,
  name: string,
  args: ApplicationGroundArgs,
  opts: pulumi.CustomResourceOptions,
): { resources: pulumi.CustomResource[]; gatewayGroup?: networking.SecGroup } {
  const { environment, variant } = site;
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
    const securityGroupId = groups.get(group)?.id;
    if (!securityGroupId) return [];
    return rules.flatMap((rule) => {
      const source = remote(site, args, groups, rule.source);
      if (!source) return [];
      return new networking.SecGroupRule(
        `${name}-firewall-${group}-${applicationRuleName(rule)}`,
        {
          securityGroupId,
          direction: "ingress",
          ethertype: "IPv4",
          protocol: rule.protocol,
          portRangeMin: rule.fromPort,
          portRangeMax: rule.toPort,
          description: rule.purpose,
          ...source,
        },
        opts,
      );
    });
  });
  return { resources: [...groups.values(), ...rules], gatewayGroup: groups.get("gateway") };
}

function remote(
  { environment }: Site,
  { settings, network, securityGroups }: ApplicationGroundArgs,
  groups: Groups,
  source: ApplicationSource,
) {
  if ("cidr" in source) return { remoteIpPrefix: source.cidr };
  if ("role" in source) return { remoteGroupId: securityGroupOf({ securityGroups }, source.role).id };
  if ("outbound" in source) {
    const { outboundAddress } = network as RoutedNetwork;
    return outboundAddress && { remoteIpPrefix: outboundAddress.apply((address) => `${address}/32`) };
  }
  // The machines of a load balancer are in no group of ours, and take any free address of its subnet.
  if (source.group === "gateway")
    return { remoteIpPrefix: applicationSubnets(settings, environment.network.zones)[0]?.cidr };
  const group = groups.get(source.group);
  return group && { remoteGroupId: group.id };
}
