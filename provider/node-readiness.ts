import type { KubernetesApi, KubernetesObject } from "./kubernetes.ts";
import type { Context } from "./resource.ts";
import { retry } from "./retry.ts";

export interface NodeObject extends KubernetesObject {
  status: {
    conditions?: { type: string; status: string; message?: string }[];
    addresses?: { type: string; address: string }[];
    nodeInfo: { kubeletVersion: string; machineID: string };
  };
}

export interface NodeWait {
  nodeName: string;
  /** systemd's id of the machine that is to be the node; undefined where it cannot be told. */
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
    reason = readiness(node)?.message ?? "its kubelet has not reported";
    if (!isReady(node)) return false;
    const machineId = await wait.machineId();
    const same = machineId === undefined || machineId === node.status.nodeInfo.machineID;
    // The machine before it had the same name, and the control plane takes a while to see that it is gone.
    if (!same) reason = "only the machine before it has joined";
    return same;
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

function readiness({ status }: NodeObject) {
  return status.conditions?.find(({ type }) => type === "Ready");
}
