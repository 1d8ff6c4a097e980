import { UserError } from "../lib/errors.ts";
import { retry } from "../lib/retry.ts";
import { mayBeLost } from "./allowed-losses.ts";
import { newestAccess } from "./api-access.ts";
import { connect, machineId } from "./connect.ts";
import { drain } from "./drain.ts";
import { type EtcdMember, etcdMembers, reasonToKeep } from "./etcd-members.ts";
import { type ApiCredentials, KubernetesApi } from "./kubernetes.ts";
import { isOnlyMaster } from "./living-platform.ts";
import { isReady, type NodeObject, nodePath } from "./node-readiness.ts";
import type { Context } from "./resource.ts";
import type { Connection, ControlPlaneMember, DrainArgs } from "./sdk.ts";

/** A node that is to leave. */
export interface Leaving {
  nodeName: string;
  connection: Connection;
  api: ApiCredentials;
  controlPlane?: ControlPlaneMember;
  /** Absent in the state of earlier releases. */
  drain?: DrainArgs;
  /** The machine comes back, made anew. */
  isReplaced: boolean;
}

/** A node of an earlier release, and a master, which has pods of the cluster's own only: one that has not gone goes with its machine. */
const defaultDrain: DrainArgs = { seconds: 60, onTimeout: "force" };
/** Time for the API to answer: one that says nothing for longer must not hold up what comes after. */
const answerSeconds = 20;
const machineSeconds = 60;
/** Time for the other members of etcd to be well. */
const quorumSeconds = 120;

type Patiently = <T>(ask: (api: KubernetesApi) => Promise<T>) => Promise<T>;

/**
 * Takes a node out of the cluster in order. Throws where something would be lost: pods that may not leave yet, etcd's quorum, the
 * only copy of the cluster's data. What cannot be done because API or machine do not answer is a warning.
 */
export async function leaveCluster(known: Leaving, context: Context): Promise<void> {
  const { nodeName, connection, api: access } = known;
  const { signal, warn } = context;
  // Asked for anew each time: the gateway may be replaced just now.
  const patiently: Patiently = (ask) =>
    retry({ timeoutSeconds: answerSeconds, signal, what: "the API server" }, () => withApi(newestAccess(access), ask));
  const stillThere = `${nodeName} may still be in the cluster (where that stays: kubectl delete node ${nodeName})`;

  const answersAs = await machineId(connection, AbortSignal.timeout(5000));
  const isMaster = answersAs !== undefined && (await runsEtcd(connection, signal));
  // A machine of an earlier release has its data disk beside it until it is made anew.
  const isAsKnown = !isMaster || !staysMember(known) || (await hasEtcdOnDataDisk(connection, signal));
  const leaving: Leaving = isAsKnown ? known : { ...known, controlPlane: { etcdOnDataDisk: false } };
  let node: NodeObject | undefined;
  try {
    node = await patiently((api) => api.find<NodeObject>(nodePath(nodeName)));
  } catch (error) {
    signal.throwIfAborted();
    const isSafe = (staysMember(leaving) && isOnlyMaster()) || mayBeLost(nodeName);
    if (isMaster && !isSafe) throw unknownQuorum(nodeName, error as Error);
    warn(`${stillThere}: ${(error as Error).message}`);
    return;
  }
  if (!node) return;
  // Without its machine nothing would end the pods.
  const isAlive = answersAs === node.status.nodeInfo.machineID;
  if (isAlive && isMaster) await refuseLoss(leaving, patiently, context);
  if (isAlive && isReady(node))
    await withApi(newestAccess(access), (api) => drain(api, nodeName, leaving.drain ?? defaultDrain, signal));
  if (isAlive && isMaster && !staysMember(leaving)) await leaveEtcd(leaving, signal);
  await patiently((api) => api.remove(nodePath(nodeName))).catch((error: Error) => {
    signal.throwIfAborted();
    warn(`${stillThere}: ${error.message}`);
  });
  if (isAlive && isMaster) await stopApiServer(leaving, context);
}

/** The machine made anew goes on with the member that its data disk keeps. */
const staysMember = ({ isReplaced, controlPlane }: Leaving): boolean =>
  isReplaced && controlPlane?.etcdOnDataDisk === true;

function unknownQuorum(nodeName: string, error: Error): UserError {
  return new UserError(
    `${nodeName} is a running master and the API server does not answer (${error.message}): whether etcd can do without it is not known`,
    "see what is wrong: ./kpaas status; once the API answers, run the same command again",
  );
}

/** Refuses to take a member whose absence would stop etcd, once the others had time to be well, or the cluster's only copy. */
async function refuseLoss(leaving: Leaving, patiently: Patiently, { signal }: Context): Promise<void> {
  const { nodeName } = leaving;
  let members: EtcdMember[] = [];
  let reason: string | undefined;
  await retry({ timeoutSeconds: quorumSeconds, signal, what: `${nodeName} to be able to go` }, async () => {
    members = await patiently(etcdMembers);
    reason = reasonToKeep(nodeName, members);
    if (reason) throw new Error(reason);
  }).catch((error: Error) => {
    throw reason && !signal.aborted ? new Error(`${nodeName} cannot go now: ${reason}`) : error;
  });
  if (members.length > 1 || staysMember(leaving) || mayBeLost(nodeName)) return;
  throw new UserError(
    `${nodeName} keeps etcd on its boot disk: replaced, it would lose its copy of the cluster's data`,
    `leave masters.generation and the masters' settings as they were; or give the loss away: ./kpaas up --allow-loss ${nodeName}`,
  );
}

async function withApi<T>(access: ApiCredentials, use: (api: KubernetesApi) => Promise<T>): Promise<T> {
  const api = new KubernetesApi(access);
  try {
    return await use(api);
  } finally {
    api.close();
  }
}

const manifests = "/etc/kubernetes/manifests";

async function runsEtcd(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await run(connection, `[ -e ${manifests}/etcd.yaml ]`, signal);
  return exitCode === 0;
}

async function hasEtcdOnDataDisk(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await run(connection, "mountpoint -q /var/lib/etcd", signal);
  return exitCode === 0;
}

/** Removes the machine's member: one that goes without it still counts, and with too many of them etcd has no quorum. */
async function leaveEtcd({ connection, nodeName }: Leaving, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await run(connection, "kubeadm reset phase remove-etcd-member", signal);
  if (exitCode !== 0) throw new Error(`${nodeName} could not leave etcd: ${stderr.trim()}`);
}

/** Ends the API server before its machine goes: it ends its requests, and the gateway turns to the others. */
async function stopApiServer({ connection, nodeName }: Leaving, { signal, warn }: Context): Promise<void> {
  const script = `rm -f ${manifests}/kube-apiserver.yaml
    i=0; while [ $i -lt 100 ] && pgrep -x kube-apiserver >/dev/null; do sleep 0.2; i=$((i+1)); done`;
  await run(connection, script, signal).catch((error: Error) => {
    signal.throwIfAborted();
    warn(`the API server of ${nodeName} did not end in good order: ${error.message}`);
  });
}

async function run(connection: Connection, script: string, signal: AbortSignal) {
  const transport = await connect(connection);
  return transport.exec(["sh", "-c", script], {
    signal: AbortSignal.any([signal, AbortSignal.timeout(machineSeconds * 1000)]),
  });
}
