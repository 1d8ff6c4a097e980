import type { ClusterReader } from "./part.ts";

interface Deployment {
  spec: { replicas: number };
  status: { availableReplicas?: number };
}

interface DaemonSet {
  status: { desiredNumberScheduled: number; numberReady: number };
}

interface Owner {
  namespace: string;
  name: string;
}

/** The part of a core/v1 Event of type Warning that is read. */
interface Warning {
  involvedObject: { name: string };
  reason: string;
  message: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** Gives how many of its pods there are. Throws where one is missing. */
export async function deploymentAvailable(cluster: ClusterReader, namespace: string, name: string): Promise<string> {
  const { spec, status } = await cluster.get<Deployment>(path("deployments", namespace, name));
  return allReady(cluster, { namespace, name }, status.availableReplicas ?? 0, spec.replicas);
}

/** Gives how many nodes it is ready on. Throws where one is missing. */
export async function daemonSetReady(cluster: ClusterReader, namespace: string, name: string): Promise<string> {
  const { status } = await cluster.get<DaemonSet>(path("daemonsets", namespace, name));
  return allReady(cluster, { namespace, name }, status.numberReady, status.desiredNumberScheduled);
}

function path(resource: string, namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`;
}

async function allReady(cluster: ClusterReader, owner: Owner, ready: number, wanted: number): Promise<string> {
  const found = `${ready} of ${wanted} pods of ${owner.name} are ready`;
  if (wanted === 0 || ready < wanted) throw new Error(found + (await whyNot(cluster, owner)));
  return found;
}

/** Gives the cluster's last warning of a workload's pods as a part of a sentence; nothing where there is none or it is not told. */
async function whyNot(cluster: ClusterReader, { namespace, name }: Owner): Promise<string> {
  const events = `/api/v1/namespaces/${namespace}/events?fieldSelector=type%3DWarning`;
  const { items } = await cluster.get<{ items: Warning[] }>(events).catch(() => ({ items: [] }));
  const time = ({ lastTimestamp, eventTime }: Warning) => Date.parse(lastTimestamp ?? eventTime ?? "") || 0;
  const [last] = items
    .filter(({ involvedObject }) => involvedObject.name.startsWith(`${name}-`))
    .sort((a, b) => time(b) - time(a));
  return last
    ? `; ${last.involvedObject.name}: ${last.reason}: ${last.message.replace(/\s+/g, " ").slice(0, 300)}`
    : "";
}
