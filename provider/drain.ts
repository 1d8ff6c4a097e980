import { retry } from "../lib/retry.ts";
import { ApiError, type KubernetesApi, type KubernetesObject, throughRestart } from "./kubernetes.ts";
import { type NodeObject, nodePath } from "./node-readiness.ts";
import type { DrainArgs } from "./sdk.ts";

interface Pod extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & {
    namespace: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string }[];
  };
}

/** Time for pods to go that are deleted whatever their budgets say. */
const forceSeconds = 60;
/** Time to take a node's mark away after a drain that did not end. */
const uncordonSeconds = 10;
const merge = "application/merge-patch+json";

/** Tells a node that kpaas closed to pods from one that an operator closed, which stays so. */
const drainedAnnotation = "k-paas.org/drained";

/** Tells whether kpaas closed a node to pods, and has not opened it again. */
export const isDrained = ({ metadata, spec }: NodeObject): boolean =>
  spec?.unschedulable === true && metadata.annotations?.[drainedAnnotation] !== undefined;

/**
 * Marks a node unschedulable and evicts its pods; those of DaemonSets and the kubelet's own stay. Honours disruption budgets. Where
 * the time does not do, it takes the mark away again and throws an error that names the pods and what keeps them; or, if told so,
 * deletes them.
 */
export async function drain(
  api: KubernetesApi,
  node: string,
  { seconds, onTimeout }: DrainArgs,
  signal: AbortSignal,
): Promise<void> {
  await close(api, node, signal);
  const what = `the pods of ${node} to leave`;
  try {
    await retry({ timeoutSeconds: seconds, signal, what }, async () => {
      const leaving = await podsThatMustLeave(api, node);
      const refusals = await Promise.all(leaving.filter(isUntold).map((pod) => evict(api, pod)));
      if (leaving.length === 0) return;
      const reasons = [...new Set(refusals.filter((reason) => reason !== undefined))];
      throw new Error([`still there: ${leaving.map(fullName).join(", ")}`, ...reasons].join("; "));
    });
  } catch (error) {
    if (signal.aborted || onTimeout === "stop") {
      // Also where the run was cancelled.
      await uncordon(api, node, AbortSignal.timeout(uncordonSeconds * 1000)).catch(() => {});
      throw signal.aborted ? error : new Error(`${(error as Error).message}\n${wayOut}`);
    }
    await retry({ timeoutSeconds: forceSeconds, signal, what }, async () => {
      const leaving = await podsThatMustLeave(api, node);
      await Promise.all(leaving.filter(isUntold).map((pod) => api.remove(podPath(pod))));
      if (leaving.length > 0) throw new Error(`still there: ${leaving.map(fullName).join(", ")}`);
    });
  }
}

const wayOut =
  "nothing of this node was changed; next: give the pods room or their budget slack (kubectl get poddisruptionbudgets -A), " +
  "or set the pool's rollout.drainSeconds or rollout.drainTimeout: force, then run the same command again";

/** Closes a node to pods, with kpaas' own mark unless an operator has closed it before. */
async function close(api: KubernetesApi, node: string, signal: AbortSignal): Promise<void> {
  await throughRestart(signal, async () => {
    const { spec } = await api.call<NodeObject>("GET", nodePath(node));
    if (spec?.unschedulable) return;
    const metadata = { annotations: { [drainedAnnotation]: "true" } };
    await api.call("PATCH", nodePath(node), { metadata, spec: { unschedulable: true } }, merge);
  });
}

/** Lets a node take pods again, if it was kpaas that closed it. */
export async function uncordon(api: KubernetesApi, node: string, signal: AbortSignal): Promise<void> {
  await throughRestart(signal, async () => {
    if (!isDrained(await api.call<NodeObject>("GET", nodePath(node)))) return;
    const metadata = { annotations: { [drainedAnnotation]: null } };
    await api.call("PATCH", nodePath(node), { metadata, spec: { unschedulable: null } }, merge);
  });
}

async function podsThatMustLeave(api: KubernetesApi, node: string): Promise<Pod[]> {
  const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`;
  const { items } = await api.call<{ items: Pod[] }>("GET", path);
  return items.filter(mustLeave);
}

/** Tells whether a drain evicts a pod: those of DaemonSets and the kubelet's own stay, and those that have ended hold nothing. */
export function mustLeave({ metadata, status }: Pick<Pod, "metadata" | "status">): boolean {
  const ownedByDaemonSet = metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet");
  const mirror = metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  return !ownedByDaemonSet && !mirror && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function isUntold({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp === undefined;
}

const podPath = ({ metadata: { name, namespace } }: Pod): string => `/api/v1/namespaces/${namespace}/pods/${name}`;

const fullName = ({ metadata: { name, namespace } }: Pod): string => `${namespace}/${name}`;

/** Asks a pod to leave. Gives the reason why it may not, such as the budget by name. */
async function evict(api: KubernetesApi, pod: Pod): Promise<string | undefined> {
  const { name, namespace } = pod.metadata;
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  try {
    await api.call("POST", `${podPath(pod)}/eviction`, eviction);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return undefined;
    if (error.status === 429) return error.details.length > 0 ? error.details.join("; ") : error.message;
    throw error;
  }
}
