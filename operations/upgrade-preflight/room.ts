import { type Rollout, unavailableAtOnce } from "../../config/rollout.ts";
import { surgeOf } from "../../config/surge.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { mustLeave } from "../../provider/drain.ts";
import { isReady, type NodeObject } from "../../provider/node-readiness.ts";
import { blocks, type Finding, firstOf, warning } from "./finding.ts";
import { fullName, isLive, type PodObject, type Resource, requestOf } from "./pods.ts";
import { quantity } from "./quantity.ts";

/** A node with what it can give. */
export interface NodeWithRoom extends NodeObject {
  spec?: { unschedulable?: boolean; taints?: { key: string; effect: string }[] };
  status: NodeObject["status"] & { allocatable?: Partial<Record<Resource, string>> };
}

/** A pool whose nodes are drained, by their names. */
export interface DrainedPool {
  name: string;
  nodes: readonly string[];
  rollout: Rollout;
}

const controlPlaneTaint = "node-role.kubernetes.io/control-plane";

/** Tells whether pods that leave a worker may come to a node. */
const takesPods = (node: NodeWithRoom): boolean =>
  isReady(node) &&
  !node.spec?.unschedulable &&
  !node.spec?.taints?.some(({ key, effect }) => key === controlPlaneTaint && effect !== "PreferNoSchedule");

/**
 * Judges whether the pods of the fullest nodes of each pool, as many as are away at once, find room elsewhere. It compares sums:
 * taints, selectors and affinities of pods are not looked at, nor whether one large pod fits any single node.
 */
export function judgeRoom(
  pools: readonly DrainedPool[],
  nodes: readonly NodeWithRoom[],
  pods: readonly PodObject[],
): Finding[] {
  const podsOn = byNode(pods.filter(isLive));
  const on = (node: string) => podsOn.get(node) ?? [];
  const sum = (some: readonly PodObject[], resource: Resource) =>
    some.reduce((total, pod) => total + requestOf(pod, resource), 0);
  const free = (node: NodeWithRoom, resource: Resource) =>
    Math.max(0, quantity(node.status.allocatable?.[resource]) - sum(on(node.metadata.name), resource));

  return pools.flatMap((pool) => {
    const present = pool.nodes.filter((name) => nodes.some(({ metadata }) => metadata.name === name));
    const leaving = (name: string) => on(name).filter(mustLeave);
    const surge = surgeOf(pool.rollout, pool.nodes.length);
    const most = Math.max(1, unavailableAtOnce(pool.rollout, pool.nodes.length) + surge);
    const atOnce = Math.min(most, present.length);
    if (present.every((name) => leaving(name).length === 0)) return [];
    if (atOnce === present.length && surge === 0) return [allAway(pool, present.flatMap(leaving))];
    // Machines that stand in are as large as the pool's, and empty when they come.
    const model = nodes.find(({ metadata }) => present.includes(metadata.name));
    const standIns = (resource: Resource) => surge * quantity(model?.status.allocatable?.[resource]);
    return (["cpu", "memory"] as const).flatMap((resource) => {
      const need = (name: string) => sum(leaving(name), resource);
      const away = present.toSorted((one, other) => need(other) - need(one)).slice(0, atOnce);
      const needed = away.reduce((total, name) => total + need(name), 0);
      const others = nodes.filter((node) => !away.includes(node.metadata.name) && takesPods(node));
      const left = others.reduce((total, node) => total + free(node, resource), standIns(resource));
      return needed > left ? [tooLittle(pool, away, resource, needed, left)] : [];
    });
  });
}

function byNode(pods: readonly PodObject[]): Map<string, PodObject[]> {
  const groups = new Map<string, PodObject[]>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? "";
    const group = groups.get(node);
    if (group) group.push(pod);
    else groups.set(node, [pod]);
  }
  return groups;
}

function allAway({ name, nodes }: DrainedPool, pods: readonly PodObject[]): Finding {
  const which = nodes.length === 1 ? `its only node, ${nodes[0]},` : "all of its nodes at once";
  return warning(
    `pool ${name}`,
    `${which} will be away while it changes, and with it pods that no other pool takes: ${firstOf(pods.map(fullName))}`,
    nodes.length === 1 ? "give the pool two nodes if they must run on" : "lower the pool's rollout.maxUnavailable",
  );
}

function tooLittle(
  { name }: DrainedPool,
  away: readonly string[],
  resource: Resource,
  needed: number,
  left: number,
): Finding {
  const inWords = (amount: number) => (resource === "cpu" ? `${Number(amount.toFixed(2))} CPUs` : formatBytes(amount));
  return blocks(
    `room to drain pool ${name}`,
    `the pods of ${firstOf(away)} request ${inWords(needed)} ${resource === "cpu" ? "" : "of memory "}and all other nodes together have ` +
      `${inWords(left)} left (sums only; taints and selectors are not looked at)`,
    away.length > 1
      ? "give the pool a node more, lower its rollout.maxUnavailable, or take pods away meanwhile"
      : "give the pool a node more, or take pods away meanwhile",
  );
}

/** Judges pods without a controller: nothing makes them anew once they are evicted. */
export function judgeLonePods(pools: readonly DrainedPool[], pods: readonly PodObject[]): Finding[] {
  const drained = new Set(pools.flatMap(({ nodes }) => nodes));
  const lone = pods.filter(
    (pod) => drained.has(pod.spec.nodeName ?? "") && mustLeave(pod) && !pod.metadata.ownerReferences?.length,
  );
  if (lone.length === 0) return [];
  return [
    warning(
      "pods without a controller",
      `they are deleted when their node is drained, and nothing makes them anew: ${firstOf(lone.map(fullName))}`,
      "put them into a Deployment, a StatefulSet or a Job if they are to come back",
    ),
  ];
}
