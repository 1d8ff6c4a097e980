import { expect, test } from "vitest";
import type { FirewallRule } from "../../components/firewall.ts";
import { nftablesRuleset } from "./nftables.ts";

const rules: FirewallRule[] = [
  { protocol: "tcp", fromPort: 6443, toPort: 6443, source: { cidr: "192.0.2.1/32" }, purpose: "API server" },
  { protocol: "tcp", fromPort: 2379, toPort: 2380, source: { role: "master" }, purpose: "etcd" },
  { protocol: "udp", fromPort: 8472, toPort: 8472, source: { role: "worker" }, purpose: "pod network, VXLAN" },
  { protocol: "icmp", source: { cidr: "10.0.0.0/16" }, purpose: "path MTU" },
  { protocol: "vrrp", source: { role: "haproxy" }, purpose: "virtual address" },
];
const blocks = { master: ["10.0.0.16/28", "10.0.1.16/28"], worker: ["10.0.0.128/25"], haproxy: ["10.0.0.8/29"] };
const ruleset = nftablesRuleset(rules, (role) => blocks[role as keyof typeof blocks]);
const lines = ruleset.split("\n").map((line) => line.trim());

test("each rule becomes one accept of its sources and ports", () => {
  expect(lines.filter((line) => line.startsWith("ip saddr"))).toEqual([
    'ip saddr { 192.0.2.1/32 } tcp dport 6443 accept comment "API server"',
    'ip saddr { 10.0.0.16/28, 10.0.1.16/28 } tcp dport 2379-2380 accept comment "etcd"',
    'ip saddr { 10.0.0.128/25 } udp dport 8472 accept comment "pod network, VXLAN"',
    'ip saddr { 10.0.0.0/16 } ip protocol icmp accept comment "path MTU"',
    'ip saddr { 10.0.0.8/29 } ip protocol vrrp accept comment "virtual address"',
  ]);
});

test("what no rule allows is counted and dropped, last", () => {
  expect(lines.indexOf("counter drop")).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith("ip saddr")));
});

test("only the machine's own interface is filtered, before NodePorts are translated", () => {
  expect(lines).toContain("type filter hook prerouting priority -150; policy accept;");
  expect(lines).toContain('iifname != "eth0" accept');
});

test("a machine without pods is filtered on every interface, as it may have a second", () => {
  const every = nftablesRuleset(rules, () => [], { hasPods: false });
  expect(every).not.toContain("eth0");
  expect(every).toContain('iifname "lo" accept');
});

test("without rules everything new is dropped", () => {
  expect(nftablesRuleset([], () => [])).toContain("counter drop");
});

test("loading it again replaces it", () => {
  expect(lines.slice(0, 3)).toEqual([
    "table inet kpaas_firewall",
    "delete table inet kpaas_firewall",
    "table inet kpaas_firewall {",
  ]);
});
