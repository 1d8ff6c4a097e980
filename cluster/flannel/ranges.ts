import { rangesOverlap } from "../../config/addresses.ts";
import type { ClusterReader } from "../part.ts";

interface Node {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: { podCIDR?: string };
  status: { addresses?: { type: string; address: string }[] };
}

interface Pod {
  metadata: { name: string; namespace: string; deletionTimestamp?: string };
  spec: { nodeName?: string; hostNetwork?: boolean };
  status: { podIP?: string };
}

const shown = 3;

/**
 * Gives how many pods and nodes were looked at. Throws where a node's range is another's too, flannel leads no other node to it, or
 * a running pod has an address outside its node's range: such pods are reached by half of all connections, or by none.
 */
export async function podsInTheirRanges(cluster: ClusterReader): Promise<string> {
  // Of the API server's cache, as there may be tens of thousands.
  const [nodes, pods] = await Promise.all([
    cluster.get<{ items: Node[] }>("/api/v1/nodes?resourceVersion=0"),
    cluster.get<{ items: Pod[] }>("/api/v1/pods?resourceVersion=0&fieldSelector=status.phase%3DRunning"),
  ]);
  const problems = rangeProblems(nodes.items, pods.items);
  const more = problems.length > shown ? [`${problems.length - shown} more`] : [];
  if (problems.length > 0) throw new Error([...problems.slice(0, shown), ...more].join("; "));
  return `${pods.items.filter(hasOwnAddress).length} pods on ${nodes.items.length} nodes`;
}

/** Gives all that is wrong with the ranges, each in words; nodes come before the pods that suffer from them. */
export function rangeProblems(nodes: readonly Node[], pods: readonly Pod[]): string[] {
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  return [
    ...nodes.flatMap(announcementProblems),
    ...sharedRanges(nodes),
    ...pods.filter(hasOwnAddress).flatMap((pod) => addressProblems(pod, byName)),
  ];
}

function announcementProblems({ metadata: { name, annotations = {} }, spec, status }: Node): string[] {
  if (!spec.podCIDR) return [`node ${name} has no range for its pods`];
  const announced = annotations["flannel.alpha.coreos.com/public-ip"];
  if (!announced || annotations["flannel.alpha.coreos.com/kube-subnet-manager"] !== "true")
    return [`node ${name} has range ${spec.podCIDR}, but flannel leads no other node to it`];
  const own = (status.addresses ?? []).filter(({ type }) => type === "InternalIP").map(({ address }) => address);
  if (own.includes(announced)) return [];
  return [`flannel leads to node ${name} by ${announced}, but its address is ${own.join(", ") || "not known"}`];
}

function sharedRanges(nodes: readonly Node[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { metadata, spec } of nodes)
    if (spec.podCIDR) owners.set(spec.podCIDR, [...(owners.get(spec.podCIDR) ?? []), metadata.name]);
  return [...owners].flatMap(([range, names]) =>
    names.length > 1 ? [`nodes ${names.join(" and ")} have the same range ${range}`] : [],
  );
}

const hasOwnAddress = ({ metadata, spec, status }: Pod): boolean =>
  !spec.hostNetwork && status.podIP !== undefined && metadata.deletionTimestamp === undefined;

function addressProblems({ metadata, spec, status }: Pod, nodes: ReadonlyMap<string, Node>): string[] {
  const holds = ({ spec: { podCIDR } }: Node) => podCIDR !== undefined && rangesOverlap(`${status.podIP}/32`, podCIDR);
  const node = nodes.get(spec.nodeName ?? "");
  if (!node?.spec.podCIDR || holds(node)) return [];
  const other = [...nodes.values()].find(holds);
  const instead = other ? `but of ${other.metadata.name}'s, ${other.spec.podCIDR}` : "nor of any other node's";
  const pod = `pod ${metadata.namespace}/${metadata.name} on node ${spec.nodeName}`;
  return [`${pod} has address ${status.podIP}, not of the node's range ${node.spec.podCIDR}, ${instead}`];
}
