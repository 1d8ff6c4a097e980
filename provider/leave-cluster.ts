import { retry } from "../lib/retry.ts";
import { newestAccess } from "./api-access.ts";
import { connect, machineId } from "./connect.ts";
import { drain } from "./drain.ts";
import { type ApiCredentials, KubernetesApi } from "./kubernetes.ts";
import { isReady, type NodeObject, nodePath } from "./node-readiness.ts";
import type { Context } from "./resource.ts";
import type { Connection } from "./sdk.ts";

/** Time for pods to leave; one that has not gone by then goes with its machine. */
const drainSeconds = 60;
/** Time for the API to answer: one that says nothing for longer must not hold up what comes after. */
const answerSeconds = 20;
const etcdSeconds = 60;

/** Takes a node out of the cluster in order, as far as API and machine answer; what could not be done is a warning. */
export async function leaveCluster(
  access: ApiCredentials,
  nodeName: string,
  connection: Connection,
  { signal, warn }: Context,
): Promise<void> {
  // Asked for anew each time: the gateway may be replaced just now.
  const patiently = <T>(ask: (api: KubernetesApi) => Promise<T>) =>
    retry({ timeoutSeconds: answerSeconds, signal, what: "the API server" }, () => withApi(newestAccess(access), ask));
  const orWarn = (consequence: string) => (error: Error) => {
    signal.throwIfAborted();
    warn(`${consequence}: ${error.message}`);
  };
  const leave = async (node: NodeObject) => {
    // Without its machine nothing would end the pods.
    const alive = (await machineId(connection, AbortSignal.timeout(5000))) === node.status.nodeInfo.machineID;
    if (alive && isReady(node))
      await withApi(newestAccess(access), (api) => drain(api, nodeName, drainSeconds, signal)).catch(
        orWarn(`${nodeName} leaves the cluster with pods on it`),
      );
    if (alive) await leaveEtcd(connection, signal).catch(orWarn(`${nodeName} may still count as a member of etcd`));
    await patiently((api) => api.remove(nodePath(nodeName)));
  };
  await patiently((api) => api.find<NodeObject>(nodePath(nodeName)))
    .then((node) => node && leave(node))
    .catch(orWarn(`${nodeName} may still be in the cluster (where that stays: kubectl delete node ${nodeName})`));
}

async function withApi<T>(access: ApiCredentials, use: (api: KubernetesApi) => Promise<T>): Promise<T> {
  const api = new KubernetesApi(access);
  try {
    return await use(api);
  } finally {
    api.close();
  }
}

/**
 * Removes the machine's member of etcd: one that goes without it still counts, and with too many of them etcd has no
 * quorum.
 */
async function leaveEtcd(connection: Connection, signal: AbortSignal): Promise<void> {
  const leave = "[ ! -e /etc/kubernetes/manifests/etcd.yaml ] || kubeadm reset phase remove-etcd-member";
  const transport = await connect(connection);
  const { exitCode, stderr } = await transport.exec(["sh", "-c", leave], {
    signal: AbortSignal.any([signal, AbortSignal.timeout(etcdSeconds * 1000)]),
  });
  if (exitCode !== 0) throw new Error(stderr.trim());
}
