import { expect, test } from "vitest";
import type { Rollout } from "../../config/rollout.ts";
import { type PodObject, requestOf } from "./pods.ts";
import { judgeLonePods, judgeRoom, type NodeWithRoom } from "./room.ts";

const node = (name: string, { cpu = "4", memory = "8Gi", ready = true, spec = {} } = {}): NodeWithRoom => ({
  metadata: { name, uid: name },
  spec,
  status: {
    allocatable: { cpu, memory },
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    nodeInfo: { kubeletVersion: "v1.35.4", machineID: "" },
  },
});

const master = node("master-1", {
  spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] },
});

const pod = (
  name: string,
  nodeName: string,
  requests: { cpu?: string; memory?: string } = {},
  owner: string | undefined = "ReplicaSet",
): PodObject => ({
  metadata: { name, namespace: "shop", ...(owner ? { ownerReferences: [{ kind: owner }] } : {}) },
  spec: { nodeName, containers: [{ resources: { requests } }] },
  status: { phase: "Running" },
});

const rollout: Rollout = { maxUnavailable: 1, maxSurge: 0, drainSeconds: 300, drainTimeout: "stop" };
const pool = (nodes: string[], settings: Partial<Rollout> = {}, name = "worker") => ({
  name,
  nodes,
  rollout: { ...rollout, ...settings },
});
const two = [node("w1"), node("w2"), master];

test("a pod requests the larger of its containers with sidecars and of its init containers, with its overhead", () => {
  const spec = {
    containers: [{ resources: { requests: { cpu: "100m" } } }, { resources: { requests: { cpu: "200m" } } }, {}],
    initContainers: [
      { resources: { requests: { cpu: "50m" } }, restartPolicy: "Always" },
      { resources: { requests: { cpu: "300m" } } },
    ],
    overhead: { cpu: "10m" },
  };
  const of = (more: object) =>
    requestOf({ metadata: { name: "p", namespace: "n" }, spec: { ...spec, ...more } }, "cpu");
  expect(of({})).toBeCloseTo(0.36);
  expect(of({ initContainers: [{ resources: { requests: { cpu: "1" } } }] })).toBeCloseTo(1.01);
  expect(of({ resources: { requests: { cpu: "2" } } })).toBeCloseTo(2.01);
});

test("pods that find room on the other nodes are no finding", () => {
  const pods = [pod("a", "w1", { cpu: "2" }), pod("b", "w2", { cpu: "2" })];
  expect(judgeRoom([pool(["w1", "w2"])], two, pods)).toEqual([]);
});

test("pods of the fullest node that find no room are told with both sums; masters give none", () => {
  const pods = [pod("a", "w1", { cpu: "3", memory: "1Gi" }), pod("b", "w2", { cpu: "1500m", memory: "1Gi" })];
  expect(judgeRoom([pool(["w1", "w2"])], two, pods)).toEqual([
    {
      name: "room to drain pool worker",
      level: "blocks",
      found:
        "the pods of w1 request 3 CPUs and all other nodes together have 2.5 CPUs left (sums only; taints and selectors are not looked at)",
      remedy: "give the pool a node more, or take pods away meanwhile",
    },
  ]);
  const hungry = [pod("a", "w1", { memory: "5Gi" }), pod("b", "w2", { memory: "4Gi" })];
  expect(judgeRoom([pool(["w1", "w2"])], two, hungry)).toMatchObject([
    { found: expect.stringContaining("request 5.0 GiB of memory and all other nodes together have 4.0 GiB left") },
  ]);
});

test("nodes that are not Ready or cordoned give no room", () => {
  const pods = [pod("a", "w1", { cpu: "2" })];
  const others = [node("w2", { ready: false }), node("w3", { spec: { unschedulable: true } })];
  expect(judgeRoom([pool(["w1", "w2"])], [node("w1"), ...others], pods)).toMatchObject([{ level: "blocks" }]);
});

test("pods of DaemonSets stay, but hold their node's room; pods that have ended hold none", () => {
  const daemon = (cpu: string) => [pod("d1", "w1", { cpu }, "DaemonSet"), pod("d2", "w2", { cpu }, "DaemonSet")];
  expect(judgeRoom([pool(["w1", "w2"])], two, daemon("4"))).toEqual([]);
  const app = pod("a", "w1", { cpu: "2" });
  expect(judgeRoom([pool(["w1", "w2"])], two, [...daemon("2"), app])).toEqual([]);
  expect(judgeRoom([pool(["w1", "w2"])], two, [...daemon("2500m"), app])).toMatchObject([{ level: "blocks" }]);
  const ended = { ...pod("job", "w2", { cpu: "4" }, "Job"), status: { phase: "Succeeded" } };
  expect(judgeRoom([pool(["w1", "w2"])], two, [ended, app])).toEqual([]);
});

test("as many nodes as are away at once must find room together", () => {
  const nodes = ["w1", "w2", "w3", "w4"].map((name) => node(name));
  const pods = nodes.map(({ metadata }) => pod(`of-${metadata.name}`, metadata.name, { cpu: "2500m" }));
  const of = (maxUnavailable: number | string) =>
    judgeRoom([pool(["w1", "w2", "w3", "w4"], { maxUnavailable })], nodes, pods);
  expect(of(1)).toEqual([]);
  expect(of("50%")).toMatchObject([
    { found: expect.stringContaining("request 5 CPUs"), remedy: expect.stringContaining("rollout.maxUnavailable") },
  ]);
});

test("machines that stand in give the room of as many nodes, and more go at once", () => {
  const full = [pod("a", "w1", { cpu: "3" }), pod("b", "w2", { cpu: "3" })];
  expect(judgeRoom([pool(["w1", "w2"], { maxUnavailable: 1 })], two, full)).toMatchObject([{ level: "blocks" }]);
  expect(judgeRoom([pool(["w1", "w2"], { maxUnavailable: 0, maxSurge: 1 })], two, full)).toEqual([]);
  // Two at once, and one that stands in: one of both has nowhere to go.
  expect(judgeRoom([pool(["w1", "w2"], { maxUnavailable: 1, maxSurge: 1 })], two, full)).toMatchObject([
    { found: expect.stringContaining("request 6 CPUs") },
  ]);
  expect(judgeRoom([pool(["w1"], { maxSurge: 1 })], [node("w1")], [pod("a", "w1")])).toEqual([]);
});

test("a pool of one node, or one that goes at once, is warned of, if it has pods that must leave", () => {
  const one = pool(["w1"]);
  expect(judgeRoom([one], two, [pod("a", "w1")])).toMatchObject([
    {
      level: "warning",
      name: "pool worker",
      found: expect.stringMatching(/only node, w1, .* no other pool takes: shop\/a$/),
    },
  ]);
  expect(judgeRoom([one], two, [pod("d", "w1", {}, "DaemonSet")])).toEqual([]);
  expect(judgeRoom([pool(["w1", "w2"], { maxUnavailable: "100%" })], two, [pod("a", "w1")])).toMatchObject([
    { level: "warning", found: expect.stringContaining("all of its nodes at once") },
  ]);
});

test("pods that nothing makes anew are named where they must leave", () => {
  const pods = [pod("lone", "w1", {}, ""), pod("owned", "w1"), pod("elsewhere", "master-1", {}, "")];
  expect(judgeLonePods([pool(["w1"])], pods)).toMatchObject([
    { level: "warning", found: expect.stringMatching(/: shop\/lone$/) },
  ]);
  expect(judgeLonePods([pool(["w1"])], [pod("owned", "w1")])).toEqual([]);
});
