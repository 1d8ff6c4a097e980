import { expect, test } from "vitest";
import { podsInTheirRanges, rangeProblems } from "./ranges.ts";

type Nodes = Parameters<typeof rangeProblems>[0];
type Pods = Parameters<typeof rangeProblems>[1];

const node = (ordinal: number, podCIDR?: string, announced = true): Nodes[number] => ({
  metadata: {
    name: `worker-${ordinal}`,
    annotations: announced
      ? {
          "flannel.alpha.coreos.com/kube-subnet-manager": "true",
          "flannel.alpha.coreos.com/public-ip": `10.0.0.${ordinal}`,
        }
      : {},
  },
  spec: { podCIDR },
  status: { addresses: [{ type: "InternalIP", address: `10.0.0.${ordinal}` }] },
});

const pod = (nodeName: string, podIP?: string, more: Partial<Pods[number]["spec"]> = {}): Pods[number] => ({
  metadata: { name: "web", namespace: "shop" },
  spec: { nodeName, ...more },
  status: { podIP },
});

const nodes = [node(1, "10.233.65.0/24"), node(2, "10.233.66.0/24")];

test("nothing is wrong with pods in their nodes' ranges, on the host's network, or without an address", () => {
  const pods = [
    pod("worker-1", "10.233.65.2"),
    pod("worker-2", "10.233.66.255"),
    pod("worker-1", "10.0.0.1", { hostNetwork: true }),
    pod("worker-1"),
  ];
  expect(rangeProblems(nodes, pods)).toEqual([]);
});

test("a pod outside its node's range is told with the node, both ranges and whose its address is", () => {
  expect(rangeProblems(nodes, [pod("worker-1", "10.233.66.2"), pod("worker-2", "10.233.67.2")])).toEqual([
    "pod shop/web on node worker-1 has address 10.233.66.2, not of the node's range 10.233.65.0/24, but of worker-2's, 10.233.66.0/24",
    "pod shop/web on node worker-2 has address 10.233.67.2, not of the node's range 10.233.66.0/24, nor of any other node's",
  ]);
});

test("two nodes with one range are told, as is one without any", () => {
  expect(rangeProblems([node(1, "10.233.65.0/24"), node(2), node(3, "10.233.65.0/24")], [])).toEqual([
    "node worker-2 has no range for its pods",
    "nodes worker-1 and worker-3 have the same range 10.233.65.0/24",
  ]);
});

test("a node that flannel does not lead to, or leads to by another's address, is told", () => {
  const moved = node(4, "10.233.68.0/24");
  moved.status.addresses = [{ type: "InternalIP", address: "10.0.0.44" }];
  expect(rangeProblems([node(3, "10.233.67.0/24", false), moved], [])).toEqual([
    "node worker-3 has range 10.233.67.0/24, but flannel leads no other node to it",
    "flannel leads to node worker-4 by 10.0.0.4, but its address is 10.0.0.44",
  ]);
});

test("the check says how much it looked at, or the first of what is wrong", async () => {
  const cluster = (pods: Pods) => ({
    get: async <T>(path: string) => ({ items: path.startsWith("/api/v1/nodes") ? nodes : pods }) as T,
  });
  const well = [pod("worker-1", "10.233.65.2"), pod("worker-2", "10.0.0.2", { hostNetwork: true })];
  expect(await podsInTheirRanges(cluster(well))).toBe("1 pods on 2 nodes");
  const wrong = Array.from({ length: 5 }, () => pod("worker-1", "10.233.66.2"));
  await expect(podsInTheirRanges(cluster(wrong))).rejects.toThrow(/^(pod shop\/web on node worker-1 .*; ){3}2 more$/);
});
