import * as pulumi from "@pulumi/pulumi";
import type { FirewallRule } from "../../components/firewall.ts";
import type { FirewallArgs, SecurityGroups } from "../../components/infrastructure.ts";
import { networkGateway, roleBlocks } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { nftablesRuleset } from "./nftables.ts";

/** Makes no resources: the rules travel to each machine as a ruleset, which is its group's id here. */
export function createFirewall(environment: Environment, { rules }: FirewallArgs): SecurityGroups {
  const group = (rules: FirewallRule[], hasPods: boolean) => {
    const reachable = rules.flatMap((rule) => withPublishedPorts(environment, rule));
    return { id: pulumi.output(nftablesRuleset(reachable, (role) => roleBlocks(environment, role), { hasPods })) };
  };
  return new Map([...rules].map(([role, rules]) => [role, group(rules, role !== "jumphost")]));
}

/**
 * Adds the network's gateway to a rule for operators: whoever may reach a machine from outside comes through its
 * published port, and so from the gateway.
 */
function withPublishedPorts({ network }: Environment, rule: FirewallRule): FirewallRule[] {
  const gateway = `${networkGateway({ network })}/32`;
  const fromOutside = "cidr" in rule.source && network.adminCidrs.includes(rule.source.cidr);
  if (!fromOutside || network.adminCidrs.includes(gateway)) return [rule];
  return [rule, { ...rule, source: { cidr: gateway } }];
}
