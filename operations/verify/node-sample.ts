import type { NodeObject } from "../access/nodes.ts";

const controlPlane = "node-role.kubernetes.io/control-plane";

/** Gives the nodes that take the platform's users' pods: no master, and none that is closed to new pods. */
export function openNodes<N extends NodeObject>(nodes: readonly N[]): N[] {
  return nodes.filter(
    ({ spec }) => !spec.unschedulable && !spec.taints?.some(({ key }) => key === controlPlane || key === closed),
  );
}

const closed = "node.kubernetes.io/unschedulable";

/**
 * Gives up to `size` nodes on which all are judged: the newest of each pool, however many pools there are, then the newest of all,
 * as what is wrong is most often wrong with what came last.
 */
export function sampleOf<N extends NodeObject>(
  nodes: readonly N[],
  poolOf: (name: string) => string | undefined,
  size: number,
): N[] {
  const newestFirst = [...nodes].sort(byAge);
  const pools = new Set<string | undefined>();
  const first = newestFirst.filter(({ metadata }) => {
    const pool = poolOf(metadata.name);
    return !pools.has(pool) && pools.add(pool);
  });
  const others = newestFirst.filter((node) => !first.includes(node));
  return [...first, ...others.slice(0, Math.max(0, size - first.length))];
}

function byAge({ metadata: a }: NodeObject, { metadata: b }: NodeObject): number {
  const made = ({ creationTimestamp }: NodeObject["metadata"]) => String(creationTimestamp);
  return made(b).localeCompare(made(a)) || a.name.localeCompare(b.name);
}
