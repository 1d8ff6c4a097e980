import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import type { Role } from "../../config/roles/index.ts";
import { eventually } from "../../lib/eventually.ts";
import type { KubernetesApi } from "../../provider/kubernetes.ts";
import type { NodeObject } from "../access/nodes.ts";
import type { Check } from "./check.ts";
import { type PodObject, podInWords, withApi } from "./cluster.ts";
import { openNodes, sampleOf } from "./node-sample.ts";
import { type ClosedPort, claim, failureInWords, ownNode, type Placed, probePod, serverPod } from "./probe-pods.ts";

/** Nodes that are tried by pods; all are judged by what the API tells of them. */
const sampleSize = 10;

/** Seconds within which a pod starts, its image and its volume included. */
const startSeconds = 60;

/** Seconds within which a probe that runs ends: it bounds every attempt itself. */
const endSeconds = 120;

/**
 * A server on each node of a sample, then a probe on each, which uses the cluster's DNS, the API server, every server and the shared volume,
 * and tries what is closed to pods.
 */
export const podsWork: Check = {
  name: "pods run, find names, share a volume, reach each other and no machine",
  run: ({ environment, outputs }) =>
    withApi(outputs.kubeconfig, async (api) => {
      const { items } = await api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes");
      const pools = new Map(planMachines(environment).map(({ hostname, pool }) => [hostname, pool]));
      const open = openNodes(items);
      const nodes = sampleOf(open, (name) => pools.get(name), sampleSize).map(({ metadata }) => metadata.name);
      if (nodes.length === 0) throw new Error("no node takes pods");
      await inNamespace(api, async (namespace) => {
        const storage = claim(environment.containerPlatform.storage.className);
        await api.call("POST", `${namespace}/persistentvolumeclaims`, storage);
        await probe(api, namespace, nodes, closedPorts(planMachines(environment)));
      });
      return `on ${nodes.length} of ${open.length} nodes: ${nodes.join(", ")}`;
    }),
};

/** Gives what no pod reaches, by machines whose addresses are known: a packet for the pod network of nodes is never answered. */
function closedPorts(machines: readonly MachinePlan[]): ClosedPort[] {
  const kubelet = 10250;
  const first = (role: Role) =>
    machines.flatMap((machine) => (machine.role === role && machine.privateIp ? [machine.privateIp] : [])).slice(0, 1);
  return [
    ...first("storage").map((address) => ({ name: "storage", words: "the storage server's NFS", address, port: 2049 })),
    ...first("master").map((address) => ({
      name: "kubelet",
      words: "the kubelet of a master",
      address,
      port: kubelet,
    })),
    { name: "own-kubelet", words: "the kubelet of its own node", address: ownNode, port: kubelet },
    { name: "metadata", words: "the cloud's metadata service", address: "169.254.169.254", port: 80 },
  ];
}

async function inNamespace(api: KubernetesApi, use: (path: string) => Promise<void>): Promise<void> {
  const name = `kpaas-verify-${randomBytes(4).toString("hex")}`;
  await api.call("POST", "/api/v1/namespaces", { metadata: { name } });
  try {
    await use(`/api/v1/namespaces/${name}`);
  } finally {
    await api.remove(`/api/v1/namespaces/${name}`);
  }
}

async function probe(
  api: KubernetesApi,
  namespace: string,
  nodes: readonly string[],
  closed: readonly ClosedPort[],
): Promise<void> {
  const placed = (name: string) => nodes.map((node, index): Placed => ({ pod: `${name}-${index}`, node }));
  const create = (pod: unknown) =>
    // Refused until the namespace has its service account.
    eventually(15, () => api.call("POST", `${namespace}/pods`, pod));

  const servers = placed("server");
  await Promise.all(servers.map((server) => create(serverPod(server))));
  const running = await watchPods(api, namespace, servers, startSeconds, ({ status }) => status.phase === "Running");
  const serving = running.map(({ object, ...server }) => ({ ...server, address: object.status.podIP ?? "" }));

  const probes = placed("probe");
  await Promise.all(probes.map((probe) => create(probePod(probe, serving, closed))));
  await watchPods(api, namespace, probes, startSeconds, ({ status }) => status.phase !== "Pending");
  const ended = await watchPods(api, namespace, probes, endSeconds, hasEnded);
  const failure = failureInWords(
    ended
      .filter(({ object }) => object.status.phase !== "Succeeded")
      .map(({ object, pod, node }) => ({ pod, node, lines: wordsOf(object) ?? [podInWords(object)] })),
    serving,
    closed,
  );
  if (failure) throw new Error(failure);
}

const hasEnded = ({ status }: PodObject): boolean => status.phase === "Succeeded" || status.phase === "Failed";

/** Gives the lines that a pod left when it ended. */
function wordsOf({ status }: PodObject): string[] | undefined {
  return status.containerStatuses?.[0]?.state?.terminated?.message?.trim().split("\n");
}

type Found = Placed & { object: PodObject };

/** Waits until all pods are as they should be; fails at once where one has ended otherwise, and when the time is over. */
async function watchPods(
  api: KubernetesApi,
  namespace: string,
  pods: readonly Placed[],
  seconds: number,
  isGood: (pod: PodObject) => boolean,
): Promise<Found[]> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { items } = await api.call<{ items: PodObject[] }>("GET", `${namespace}/pods`);
    const found = pods.flatMap(({ pod, node }): Found[] => {
      const object = items.find(({ metadata }) => metadata.name === pod);
      return object ? [{ pod, node, object }] : [];
    });
    const late = found.filter(({ object }) => !isGood(object));
    if (late.length === 0 && found.length === pods.length) return found;
    const lost = late.find(({ object }) => hasEnded(object)) ?? (Date.now() > deadline ? late[0] : undefined);
    if (lost) throw new Error(await lossInWords(api, namespace, lost, late, seconds));
    await sleep(300);
  }
}

async function lossInWords(
  api: KubernetesApi,
  namespace: string,
  { pod, node, object }: Found,
  late: readonly Found[],
  seconds: number,
): Promise<string> {
  const said = wordsOf(object)?.includes("write") ? "it cannot write to the shared volume" : podInWords(object);
  const event = await lastWarning(api, namespace, pod);
  const others = [...new Set(late.map(({ node }) => node))].filter((other) => other !== node);
  const when = hasEnded(object) ? "" : ` after ${seconds} s`;
  return [
    `pod ${pod} on node ${node}${when}: ${[said, event].filter(Boolean).join(": ")}`,
    ...(others.length > 0 ? [`the same on ${others.join(", ")}`] : []),
  ].join("; ");
}

/** Gives the last warning of the kubelet or the scheduler about a pod, in one line. */
async function lastWarning(api: KubernetesApi, namespace: string, pod: string): Promise<string | undefined> {
  const fields = encodeURIComponent(`involvedObject.name=${pod},type=Warning`);
  const { items } = await api.call<{ items: { message: string }[] }>(
    "GET",
    `${namespace}/events?fieldSelector=${fields}`,
  );
  return items.at(-1)?.message.replaceAll(/\s+/g, " ").slice(0, 300);
}
