import { roleBlocks } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { type Role, roles } from "../../config/roles/index.ts";
import { type FirewallFlow, podFlows } from "../firewall.ts";
import { metadataDestinations } from "./metadata-destinations.ts";

/** Names of the interfaces by which a machine's own pods come in. */
const podInterfaces: Record<Environment["containerPlatform"]["podNetwork"], string> = {
  flannel: "veth*",
  calico: "cali*",
};

/**
 * Renders a node's guard against its pods, as nftables rules: of the platform's machines they reach what the port table says, and nothing
 * else. Firewalls before the machines cannot tell a pod from its node, whose address its packets have once they leave. A pod is known by
 * its interface, whatever address it writes into its packets, and by its address, where it comes from another node.
 *
 * Destinations are judged after their translation, so that a Service counts as what answers for it, and packets that a pod sends are, not
 * connections: what had been open before the guard came is closed. Rules of a table of its own stand whatever others accept.
 */
export function nodeGuard(role: Role, environment: Environment): string {
  const { podCidr, cidr } = environment.network;
  const { podNetwork } = environment.containerPlatform;
  const ownPods = `iifname "${podInterfaces[podNetwork]}"`;
  const pods = [ownPods, `ip saddr ${podCidr}`];
  return [
    // The table of an earlier release, which closed the metadata service only.
    ...["kpaas_metadata_guard", "kpaas_node_guard"].flatMap((name) => [
      `table inet ${name}`,
      `delete table inet ${name}`,
    ]),
    "table inet kpaas_node_guard {",
    // Before any translation of addresses, so that no Service can lead to a metadata service either.
    ...chain("prerouting", [
      "type filter hook prerouting priority raw; policy accept;",
      // A pod that takes its node's address speaks for the node. Calico has a rule of its own, and pools beside this range.
      ...(podNetwork === "flannel" ? [`${ownPods} ip saddr != ${podCidr} counter drop`] : []),
      ...pods.map((from) => `${from} jump metadata`),
    ]),
    ...chain("forward", [
      "type filter hook forward priority filter; policy accept;",
      ...pods.map((from) => `${from} jump metadata`),
      ...answers,
      ...pods.map((from) => `${from} ip daddr ${cidr} jump to_machines`),
    ]),
    ...chain("input", [
      "type filter hook input priority filter; policy accept;",
      'iifname "lo" accept',
      ...answers,
      // Neighbours are found by it.
      "meta l4proto ipv6-icmp accept",
      ...pods.map((from) => `${from} jump to_this_machine`),
    ]),
    ...chain("metadata", [
      // Google Cloud's resolver is at the same address.
      names,
      ...metadataDestinations().map((to) => `${to} counter drop`),
    ]),
    ...chain("to_machines", [
      // A cloud's resolver may have an address among the machines'; of these none answers others there.
      names,
      ...roles.flatMap((to) =>
        podFlows(environment, to, { elsewhere: true }).map(
          (flow) => `ip daddr { ${roleBlocks(environment, to).join(", ")} } ${portMatch(flow)} accept`,
        ),
      ),
      "counter drop",
    ]),
    ...chain("to_this_machine", [
      ...podFlows(environment, role).map((flow) => `${portMatch(flow)} accept`),
      "counter drop",
    ]),
    "}",
    "",
  ].join("\n");
}

const names = "meta l4proto { tcp, udp } th dport 53 accept";

/** Packets of connections that a machine opened, and errors about connections. */
const answers = ["ct direction reply ct state established accept", "meta l4proto icmp ct state related accept"];

const chain = (name: string, rules: readonly string[]) => [
  `  chain ${name} {`,
  ...rules.map((rule) => `    ${rule}`),
  "  }",
];

function portMatch({ protocol, fromPort, toPort }: FirewallFlow): string {
  if (fromPort === undefined) return `ip protocol ${protocol}`;
  return `${protocol} dport ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}
