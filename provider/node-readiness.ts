import { retry } from "../lib/retry.ts";
import { ApiError, type KubernetesApi, type KubernetesObject } from "./kubernetes.ts";
import type { Context } from "./resource.ts";

export interface NodeObject extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & { uid: string; annotations?: Record<string, string> };
  spec?: { unschedulable?: boolean };
  status: {
    conditions?: { type: string; status: string; message?: string }[];
    addresses?: { type: string; address: string }[];
    nodeInfo: { kubeletVersion: string; machineID: string };
  };
}

export interface NodeWait {
  nodeName: string;
  /** systemd's id of the machine that is to be the node; undefined while it cannot be told. */
  machineId(): Promise<string | undefined>;
  timeoutSeconds: number;
}

export const nodePath = (name: string): string => `/api/v1/nodes/${name}`;

export function isReady(node: NodeObject): boolean {
  return readiness(node)?.status === "True";
}

/** Watches the one node until its kubelet says Ready; a watch that the server or the network ends is begun again. */
export function untilReady(api: KubernetesApi, wait: NodeWait, context: Context): Promise<NodeObject> {
  const { nodeName, timeoutSeconds } = wait;
  const list = `/api/v1/nodes?fieldSelector=${encodeURIComponent(`metadata.name=${nodeName}`)}`;
  context.report(`waiting for ${nodeName} to be Ready`);
  let reason = "it has not joined";
  const accepted = async (node: NodeObject): Promise<boolean> => {
    const machineId = await wait.machineId();
    if (machineId !== undefined && machineId !== node.status.nodeInfo.machineID) {
      reason = "only a machine before it has joined";
      await dismiss(api, node);
      return false;
    }
    reason = readiness(node)?.message ?? "its kubelet has not reported";
    return isReady(node);
  };
  return retry({ timeoutSeconds, signal: context.signal, what: `${nodeName} to be Ready` }, async (signal) => {
    const { metadata, items } = await api.call<{ metadata: { resourceVersion: string }; items: NodeObject[] }>(
      "GET",
      list,
    );
    for (const node of items) if (await accepted(node)) return node;
    try {
      for await (const { type, object } of api.watch<NodeObject>(list, metadata.resourceVersion, signal))
        if ((type === "ADDED" || type === "MODIFIED") && (await accepted(object))) return object;
    } catch (error) {
      if (!signal.aborted) throw new Error(`${reason} (${(error as Error).message})`);
    }
    throw new Error(reason);
  });
}

interface Lease extends KubernetesObject {
  spec: { renewTime?: string };
}

/** Waits for a sign of life that a kubelet gives from now on: one whose machine restarts seems Ready for most of a minute. */
export function untilHeardFrom(
  api: KubernetesApi,
  nodeName: string,
  timeoutSeconds: number,
  { signal }: Pick<Context, "signal">,
): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nodeName}`;
  let before: { renewTime?: string } | undefined;
  return retry({ timeoutSeconds, signal, what: `a sign of life of ${nodeName}'s kubelet` }, async () => {
    const renewTime = (await api.find<Lease>(path))?.spec.renewTime;
    before ??= { renewTime };
    if (renewTime === before.renewTime) throw new Error("it renews no lease");
  });
}

/** Removes the node of a machine that is gone: as long as it seems Ready, kubeadm refuses another of the same name. */
async function dismiss(api: KubernetesApi, { metadata: { name, uid } }: NodeObject): Promise<void> {
  try {
    await api.call("DELETE", nodePath(name), { preconditions: { uid } });
  } catch (error) {
    // 404 and 409: it is gone, or the machine has joined in its place meanwhile.
    if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error;
  }
}

function readiness({ status }: NodeObject) {
  return status.conditions?.find(({ type }) => type === "Ready");
}
