import { retry } from "../lib/retry.ts";
import type { KubernetesApi, KubernetesObject } from "./kubernetes.ts";
import type { NodeObject } from "./node-readiness.ts";
import type { Context } from "./resource.ts";

interface EtcdPod extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & { ownerReferences?: { uid: string }[] };
  spec: { nodeName: string };
  status: { conditions?: { type: string; status: string }[] };
}

/** A member of etcd, by the node it runs on. Ready: it answers reads that need the quorum. */
export interface EtcdMember {
  node: string;
  /** Id of the node object that its kubelet reported it for: an earlier machine's may still be listed. */
  nodeUid?: string;
  isReady: boolean;
}

const selector = (labels: string): string => encodeURIComponent(labels);

export async function etcdMembers(api: KubernetesApi): Promise<EtcdMember[]> {
  const path = `/api/v1/namespaces/kube-system/pods?labelSelector=${selector("component=etcd,tier=control-plane")}`;
  const { items } = await api.call<{ items: EtcdPod[] }>("GET", path);
  return items.map(({ metadata, spec, status }) => ({
    node: spec.nodeName,
    nodeUid: metadata.ownerReferences?.[0]?.uid,
    isReady: status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false,
  }));
}

/** Says why a member cannot be spared now: without it the others would be no majority. Undefined where it can. */
export function reasonToKeep(node: string, members: EtcdMember[]): string | undefined {
  const others = members.filter((member) => member.node !== node);
  if (others.length === 0) return undefined;
  const quorum = Math.floor((others.length + 1) / 2) + 1;
  const ready = others.filter(({ isReady }) => isReady);
  if (ready.length >= quorum) return undefined;
  const missing = others.filter(({ isReady }) => !isReady).map((member) => member.node);
  return `etcd has ${members.length} members and needs ${quorum}; without ${node} it would have ${ready.length}, as ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not well`;
}

/** Waits until every master has its member of etcd, and each is well: only then may the next master go. */
export function untilEtcdIsWell(
  api: KubernetesApi,
  timeoutSeconds: number,
  { signal, report }: Context,
): Promise<void> {
  report("waiting for every member of etcd");
  return retry({ timeoutSeconds, signal, what: "every member of etcd" }, async () => {
    const masters = await api.call<{ items: NodeObject[] }>(
      "GET",
      `/api/v1/nodes?labelSelector=${selector("node-role.kubernetes.io/control-plane")}`,
    );
    const problems = etcdProblems(await etcdMembers(api), masters.items);
    if (problems.length > 0) throw new Error(problems.join(", "));
  });
}

/** Lists the members that are not well, and the masters that have none. */
export function etcdProblems(members: readonly EtcdMember[], masters: readonly NodeObject[]): string[] {
  const unwell = members.filter(({ isReady }) => !isReady);
  const without = masters.filter(({ metadata }) => members.every(({ nodeUid }) => nodeUid !== metadata.uid));
  return [
    ...unwell.map(({ node }) => `${node} is not well`),
    ...without.map(({ metadata }) => `${metadata.name} has none`),
  ];
}
