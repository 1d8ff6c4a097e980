import { minorNumber } from "../config/versions.ts";
import { retry } from "../lib/retry.ts";
import { acceptedHostKey } from "./accepted-host-keys.ts";
import { noteAccess } from "./api-access.ts";
import type { DeliveredFiles } from "./delivered-files.ts";
import { deliver, revisionOf, untilApplied } from "./delivery.ts";
import { drain, isDrained, uncordon } from "./drain.ts";
import { untilEtcdIsWell } from "./etcd-members.ts";
import { type ApiCredentials, KubernetesApi, throughRestart } from "./kubernetes.ts";
import { isReady, type NodeObject, nodePath, untilHeardFrom } from "./node-readiness.ts";
import { changesPackages, type Packages, withPackages } from "./packages.ts";
import type { Context } from "./resource.ts";
import type { Connection, ControlPlaneMember, DrainArgs, NodeTaint } from "./sdk.ts";

/** Labels and taints that a node has of its pool. */
interface Marks {
  labels?: Record<string, string>;
  taints?: NodeTaint[];
}

/** A node as it is wanted. */
interface WantedNode extends Marks {
  nodeName: string;
  connection: Connection;
  api: ApiCredentials;
  controlPlane?: ControlPlaneMember;
  files?: DeliveredFiles;
  packages?: Packages;
  revision?: string;
  kubernetesVersion: string;
  drain?: DrainArgs;
  timeoutSeconds?: number;
}

/** A node as the state has it: of the files a digest only. Earlier releases had none of the optional ones. */
type KnownNode = Marks & {
  connection: Connection;
  files?: unknown;
  packages?: Packages;
  revision?: string;
  kubernetesVersion?: string;
  kubeletVersion: string;
};

const changedFiles = (state: KnownNode, { files, packages }: WantedNode): boolean =>
  files !== undefined && (revisionOf(files) !== state.files || !same(state.packages, packages));

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Tells whether a change is one of the node, not only of how it is reached or waited for. */
export function concernsNode(state: KnownNode, wanted: WantedNode): boolean {
  return (
    changedFiles(state, wanted) ||
    acceptedHostKey(wanted.nodeName) !== undefined ||
    state.revision !== wanted.revision ||
    state.kubernetesVersion !== wanted.kubernetesVersion ||
    !same([state.labels, state.taints], [wanted.labels, wanted.taints])
  );
}

/** Kubernetes allows any change of a kubelet's minor version on an empty node only; and a machine may restart for its packages. */
function needsDrain(state: KnownNode, wanted: WantedNode): boolean {
  const mayRestart = changesPackages(state, wanted) && wanted.packages?.reboot !== "never";
  return mayRestart || minorNumber(state.kubeletVersion) !== minorNumber(wanted.kubernetesVersion);
}

/**
 * Changes a running node in place: delivers its files, waits until they are applied and the kubelet is Ready with them. Pods leave
 * before where they must, and may come back after.
 */
export async function changeNode(state: KnownNode, wanted: WantedNode, context: Context): Promise<NodeObject> {
  const { nodeName, connection, timeoutSeconds = 900 } = wanted;
  const files = wanted.files && withPackages(wanted.files, wanted.packages);
  noteAccess(wanted.api);
  const api = new KubernetesApi(wanted.api);
  const target = { machineName: nodeName, connection };
  const mark = () => throughRestart(context.signal, () => setLabelsAndTaints(api, nodeName, state, wanted));
  try {
    // What another resource has delivered may be restarting the machine: the only API server with it.
    if (files) await mark();
    const drains = files !== undefined && needsDrain(state, wanted);
    if (drains && wanted.drain) {
      context.report(`draining ${nodeName}`);
      await drain(api, nodeName, wanted.drain, context.signal);
    }
    if (files && (changedFiles(state, wanted) || acceptedHostKey(nodeName)))
      await deliver({ ...target, before: state.connection }, files, timeoutSeconds, context);
    const revision = files ? revisionOf(files) : wanted.revision;
    if (revision) await untilApplied(target, revision, timeoutSeconds, context);
    if (changesPackages(state, wanted)) await untilHeardFrom(api, nodeName, timeoutSeconds, context);
    const node = await untilReadyWith(api, wanted, context);
    if (!files) await mark();
    if (wanted.controlPlane) await untilEtcdIsWell(api, timeoutSeconds, context);
    // Drained now, or by a run that was killed.
    if (isDrained(node)) await uncordon(api, nodeName, context.signal);
    return node;
  } finally {
    api.close();
  }
}

/** Waits until the kubelet of the wanted version has reported since, and is Ready. */
async function untilReadyWith(
  api: KubernetesApi,
  wanted: WantedNode,
  { signal, report }: Context,
): Promise<NodeObject> {
  const { nodeName, kubernetesVersion, timeoutSeconds = 900 } = wanted;
  report(`waiting for ${nodeName} to be Ready with ${kubernetesVersion}`);
  const what = `${nodeName} to be Ready with kubelet ${kubernetesVersion}`;
  try {
    return await retry({ timeoutSeconds, signal, what }, async () => {
      const node = await api.call<NodeObject>("GET", nodePath(nodeName));
      const { kubeletVersion } = node.status.nodeInfo;
      if (kubeletVersion !== `v${kubernetesVersion}`) throw new Error(`its kubelet is ${kubeletVersion}`);
      if (!isReady(node)) throw new Error("it is not Ready");
      return node;
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      `${(error as Error).message}\nthe run stops here, and no other node is changed; next: see what is wrong ` +
        `(./kpaas logs, journalctl -u kubelet on the machine), mend it and run the same command again; or raise its pool's generation, ` +
        "which makes the machine anew",
    );
  }
}

/** Makes a node's labels and taints those of its pool; others' are left alone. */
export async function setLabelsAndTaints(
  api: KubernetesApi,
  nodeName: string,
  before: Marks,
  { labels = {}, taints = [] }: Marks,
): Promise<void> {
  const node = await api.call<NodeObject & { spec: { taints?: NodeTaint[] } }>("GET", nodePath(nodeName));
  const present = (node.metadata.labels ?? {}) as Record<string, string>;
  const dropped = Object.keys(before.labels ?? {}).filter((key) => !(key in labels));
  const patch: Record<string, string | null> = {
    ...Object.fromEntries(dropped.filter((key) => key in present).map((key) => [key, null])),
    ...Object.fromEntries(Object.entries(labels).filter(([key, value]) => present[key] !== value)),
  };
  const id = ({ key, effect }: NodeTaint) => `${key}:${effect}`;
  const ours = new Set([...(before.taints ?? []), ...taints].map(id));
  const kept = (node.spec?.taints ?? []).filter((taint) => !ours.has(id(taint)));
  const wantedTaints = [...kept, ...taints];
  const changesTaints = !same(sorted(node.spec?.taints ?? []), sorted(wantedTaints));
  if (Object.keys(patch).length === 0 && !changesTaints) return;
  const body = {
    metadata: { labels: patch },
    // A list is replaced as a whole; the version keeps another's change from being lost.
    ...(changesTaints ? { spec: { taints: wantedTaints } } : {}),
  };
  const { resourceVersion } = node.metadata;
  const guarded = changesTaints ? { ...body, metadata: { ...body.metadata, resourceVersion } } : body;
  await api.call("PATCH", nodePath(nodeName), guarded, "application/merge-patch+json");
}

const sorted = (taints: NodeTaint[]): string[] =>
  taints.map(({ key, value, effect }) => `${key}=${value ?? ""}:${effect}`).sort();
