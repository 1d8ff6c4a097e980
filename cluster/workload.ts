import type { ClusterReader } from "./part.ts";

interface Deployment {
  spec: { replicas: number };
  status: { availableReplicas?: number };
}

interface DaemonSet {
  status: { desiredNumberScheduled: number; numberReady: number };
}

/** Gives how many of its pods there are. Throws where one is missing. */
export async function deploymentAvailable(cluster: ClusterReader, namespace: string, name: string): Promise<string> {
  const { spec, status } = await cluster.get<Deployment>(path("deployments", namespace, name));
  return allReady(name, status.availableReplicas ?? 0, spec.replicas);
}

/** Gives how many nodes it is ready on. Throws where one is missing. */
export async function daemonSetReady(cluster: ClusterReader, namespace: string, name: string): Promise<string> {
  const { status } = await cluster.get<DaemonSet>(path("daemonsets", namespace, name));
  return allReady(name, status.numberReady, status.desiredNumberScheduled);
}

function path(resource: string, namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`;
}

function allReady(name: string, ready: number, wanted: number): string {
  const found = `${ready} of ${wanted} pods of ${name} are ready`;
  if (wanted === 0 || ready < wanted) throw new Error(found);
  return found;
}
