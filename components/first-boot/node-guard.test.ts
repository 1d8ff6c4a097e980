import { describe, expect, test } from "vitest";
import { roleBlocks } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { nodeGuard } from "./node-guard.ts";

const flannel = exampleEnvironment();
const calico: Environment = {
  ...flannel,
  containerPlatform: { ...flannel.containerPlatform, podNetwork: "calico" },
};
const { cidr, podCidr } = flannel.network;

/** Gives the rules of a chain. */
function chain(guard: string, name: string): string[] {
  const [, body = ""] = new RegExp(`^  chain ${name} \\{\\n([^]*?)^  \\}`, "m").exec(guard) ?? [];
  return body.split("\n").flatMap((line) => line.trim() || []);
}

describe.each([
  ["flannel", flannel, "veth*"],
  ["calico", calico, "cali*"],
] as const)("the guard of a node with %s", (_, environment, interfaces) => {
  const guard = nodeGuard("worker", environment);
  const pods = [`iifname "${interfaces}"`, `ip saddr ${podCidr}`];

  test("judges what pods send to machines, by their interface and by their address", () => {
    expect(chain(guard, "forward")).toEqual([
      "type filter hook forward priority filter; policy accept;",
      ...pods.map((from) => `${from} jump metadata`),
      "ct direction reply ct state established accept",
      "meta l4proto icmp ct state related accept",
      ...pods.map((from) => `${from} ip daddr ${cidr} jump to_machines`),
    ]);
    expect(chain(guard, "input").filter((rule) => rule.endsWith("to_this_machine"))).toEqual(
      pods.map((from) => `${from} jump to_this_machine`),
    );
  });

  test("lets pods reach of machines what the port table says, and nothing else", () => {
    const at = (role: "haproxy" | "master", port: number) =>
      `ip daddr { ${roleBlocks(environment, role).join(", ")} } tcp dport ${port} accept`;
    expect(chain(guard, "to_machines")).toEqual([
      "meta l4proto { tcp, udp } th dport 53 accept",
      at("haproxy", 6443),
      at("haproxy", 5000),
      at("haproxy", 3306),
      at("master", 6443),
      "counter drop",
    ]);
  });

  test("lets pods ask their own machine for names, a master for its API besides, and nothing else", () => {
    const names = ["udp dport 53 accept", "tcp dport 53 accept"];
    expect(chain(guard, "to_this_machine")).toEqual([...names, "counter drop"]);
    const master = nodeGuard("master", environment);
    expect(chain(master, "to_this_machine")).toEqual(["tcp dport 6443 accept", ...names, "counter drop"]);
  });

  test("closes the clouds' metadata services before any rule can rewrite an address, but not names at the same one", () => {
    const [hook, ...rules] = chain(guard, "prerouting");
    expect(hook).toBe("type filter hook prerouting priority raw; policy accept;");
    expect(rules).toEqual(expect.arrayContaining(pods.map((from) => `${from} jump metadata`)));
    expect(chain(guard, "metadata")).toEqual([
      "meta l4proto { tcp, udp } th dport 53 accept",
      expect.stringMatching(/^ip daddr \{ .*\b169\.254\.169\.254\b.* \} counter drop$/),
      "ip daddr 168.63.129.16 tcp dport { 80, 32526 } counter drop",
    ]);
  });
});

test("with flannel no pod speaks by an address that no pod has; Calico sees to it by itself, with its own pools", () => {
  const drop = `iifname "veth*" ip saddr != ${podCidr} counter drop`;
  expect(chain(nodeGuard("worker", flannel), "prerouting")).toContain(drop);
  expect(nodeGuard("worker", calico)).not.toContain("saddr !=");
});

test("more machines, another size or an application platform change no guard", () => {
  const { containerPlatform } = flannel;
  const workerPools = containerPlatform.workerPools.map((pool) => ({ ...pool, count: pool.count + 3 }));
  const more = {
    ...flannel,
    containerPlatform: { ...containerPlatform, workerPools, masters: { ...containerPlatform.masters, count: 3 } },
  };
  expect(nodeGuard("worker", more)).toBe(nodeGuard("worker", flannel));
});
