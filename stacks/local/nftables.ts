import type { FirewallRule } from "../../components/firewall.ts";
import type { Role } from "../../config/roles/index.ts";

/**
 * Renders a machine's security group as an nftables ruleset: stateful, everything dropped that no rule allows. It sits
 * before address translation, so that NodePorts are judged by the port that was asked for, and on the machine's own
 * interface only: pods' traffic arrives through others. A machine without pods is filtered on every one: it may have a
 * second. Loading it again replaces it.
 */
export function nftablesRuleset(
  rules: FirewallRule[],
  blocksOf: (role: Role) => string[],
  { hasPods = true } = {},
): string {
  return [
    "table inet kpaas_firewall",
    "delete table inet kpaas_firewall",
    "table inet kpaas_firewall {",
    "  chain inbound {",
    "    type filter hook prerouting priority -150; policy accept;",
    hasPods ? '    iifname != "eth0" accept' : '    iifname "lo" accept',
    "    ct state established,related accept",
    "    meta l4proto ipv6-icmp accept",
    ...rules.map((rule) => `    ${match(rule, blocksOf)} accept comment "${rule.purpose}"`),
    "    counter drop",
    "  }",
    "}",
    "",
  ].join("\n");
}

function match({ protocol, fromPort, toPort, source }: FirewallRule, blocksOf: (role: Role) => string[]): string {
  const from = "role" in source ? blocksOf(source.role) : [source.cidr];
  return `ip saddr { ${from.join(", ")} } ${protocolMatch(protocol, fromPort, toPort)}`;
}

function protocolMatch(protocol: FirewallRule["protocol"], fromPort?: number, toPort?: number): string {
  if (protocol === "icmp") return "ip protocol icmp";
  if (protocol === "vrrp") return "ip protocol vrrp";
  return `${protocol} dport ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}
