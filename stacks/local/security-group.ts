import * as pulumi from "@pulumi/pulumi";
import type { FirewallRule } from "../../components/firewall.ts";
import type { SecurityGroup, SecurityGroupArgs } from "../../components/infrastructure.ts";
import { networkGateway, roleBlocks } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { nftablesRuleset } from "./firewall.ts";

/** No resource: the rules travel to each machine as a ruleset, which is the group's id here. */
export function createSecurityGroup(environment: Environment, { rules }: SecurityGroupArgs): SecurityGroup {
  const reachable = rules.flatMap((rule) => withPublishedPorts(environment, rule));
  return { id: pulumi.output(nftablesRuleset(reachable, (role) => roleBlocks(environment, role))) };
}

/** Whoever may reach a machine from outside comes through its published port, and so from the network's gateway. */
function withPublishedPorts({ network }: Environment, rule: FirewallRule): FirewallRule[] {
  const gateway = `${networkGateway({ network })}/32`;
  const fromOutside = "cidr" in rule.source && network.adminCidrs.includes(rule.source.cidr);
  if (!fromOutside || network.adminCidrs.includes(gateway)) return [rule];
  return [rule, { ...rule, source: { cidr: gateway } }];
}
