import { expect, test } from "vitest";
import { openNodes, sampleOf } from "./node-sample.ts";

/** Gives a node that was made in that minute. */
const node = (name: string, minute: number, spec: Parameters<typeof openNodes>[0][number]["spec"] = {}) => ({
  metadata: { name, creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z` },
  spec,
  status: {},
});

const poolOf = (name: string) => name.replace(/-\d+$/, "");
const namesOf = (nodes: { metadata: { name: string } }[]) => nodes.map(({ metadata }) => metadata.name);

test("masters and nodes that are closed to new pods take no probe, those of a pool with taints do", () => {
  const taint = (key: string) => ({ taints: [{ key, effect: "NoSchedule" }] });
  const nodes = [
    node("master-1", 1, taint("node-role.kubernetes.io/control-plane")),
    node("web-1", 2),
    node("gpu-1", 3, taint("example.com/gpu")),
    node("web-2", 4, { unschedulable: true }),
    node("web-3", 5, taint("node.kubernetes.io/unschedulable")),
  ];
  expect(namesOf(openNodes(nodes))).toEqual(["web-1", "gpu-1"]);
});

test("a sample has the newest of every pool, then the newest of all", () => {
  const nodes = [
    ...Array.from({ length: 20 }, (_, index) => node(`web-${index + 1}`, index + 10)),
    node("gpu-1", 1),
    node("gpu-2", 2),
  ];
  expect(namesOf(sampleOf(nodes, poolOf, 4))).toEqual(["web-20", "gpu-2", "web-19", "web-18"]);
  expect(sampleOf(nodes, poolOf, 100)).toHaveLength(22);
});

test("every pool is in it, even where there are more pools than nodes were asked for", () => {
  const nodes = ["a-1", "b-1", "c-1"].map((name) => node(name, 1));
  expect(namesOf(sampleOf(nodes, poolOf, 2))).toEqual(["a-1", "b-1", "c-1"]);
});
