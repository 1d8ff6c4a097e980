import { retry } from "../lib/retry.ts";
import { ApiError, type KubernetesApi, type KubernetesObject } from "./kubernetes.ts";

interface Pod extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & {
    namespace: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string }[];
  };
}

/** Marks a node unschedulable and evicts its pods; those of DaemonSets and the kubelet's own stay. Honours disruption budgets. */
export async function drain(
  api: KubernetesApi,
  node: string,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const merge = "application/merge-patch+json";
  await api.call("PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: true } }, merge);
  await retry({ timeoutSeconds, signal, what: `the pods of ${node} to leave` }, async () => {
    const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`;
    const { items } = await api.call<{ items: Pod[] }>("GET", path);
    const leaving = items.filter(mustLeave);
    await Promise.all(leaving.filter(isUntold).map((pod) => evict(api, pod)));
    if (leaving.length > 0) throw new Error(`still there: ${leaving.map(({ metadata }) => metadata.name).join(", ")}`);
  });
}

function mustLeave({ metadata, status }: Pod): boolean {
  const ownedByDaemonSet = metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet");
  const mirror = metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  return !ownedByDaemonSet && !mirror && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function isUntold({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp === undefined;
}

async function evict(api: KubernetesApi, { metadata: { name, namespace } }: Pod): Promise<void> {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  try {
    await api.call("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, eviction);
  } catch (error) {
    // 404: gone already; 429: a disruption budget says later.
    if (!(error instanceof ApiError && (error.status === 404 || error.status === 429))) throw error;
  }
}
