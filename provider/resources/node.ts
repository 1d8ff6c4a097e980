import { z } from "zod";
import { retry } from "../../lib/retry.ts";
import { acceptedHostKey } from "../accepted-host-keys.ts";
import { noteAccess } from "../api-access.ts";
import { changeNode, concernsNode, setLabelsAndTaints } from "../change-node.ts";
import { connect, machineId } from "../connect.ts";
import { filesSchema } from "../delivered-files.ts";
import { deliver, revisionOf } from "../delivery.ts";
import { isDrained } from "../drain.ts";
import { untilEtcdIsWell } from "../etcd-members.ts";
import { firstBoot, withBootReport } from "../first-boot-watch.ts";
import { admitJoinToken, withdrawJoinToken } from "../join-tokens.ts";
import { ApiError, KubernetesApi, throughRestart } from "../kubernetes.ts";
import { leaveCluster } from "../leave-cluster.ts";
import { stays } from "../living-platform.ts";
import { type NodeObject, nodePath, untilReady } from "../node-readiness.ts";
import { packagesOf, packagesSchema, withPackages } from "../packages.ts";
import { type Context, PartlyCreated, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  nodeName: z.string().min(1),
  connection: connectionSchema,
  api: z.strictObject({
    server: z.url({ protocol: /^https$/ }),
    serverName: z.string(),
    caCertPem: z.string(),
    clientCertPem: z.string(),
    clientKeyPem: z.string(),
  }),
  joinToken: z.string().regex(/^[a-z0-9]{6}\.[a-z0-9]{16}$/, "must be a kubeadm bootstrap token"),
  controlPlane: z.strictObject({ etcdOnDataDisk: z.boolean() }).optional(),
  files: filesSchema.optional(),
  packages: packagesSchema.optional(),
  revision: z.string().optional(),
  kubernetesVersion: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  taints: z.array(z.strictObject({ key: z.string(), value: z.string().optional(), effect: z.string() })).optional(),
  drain: z.strictObject({ seconds: z.number().positive(), onTimeout: z.enum(["stop", "force"]) }).optional(),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  kubeletVersion: string;
  internalIp: string;
  /** True where a run that was killed has left it closed to pods. */
  drained?: true;
}

export const handler = resource<Inputs, Outputs>({
  inputs,
  digests: ["files"],
  digestsAtCheck: true,
  replaceOn: ["machineId", "nodeName"],
  needsUpdate: ({ drained, nodeName }) => drained === true || acceptedHostKey(nodeName) !== undefined,
  // A node whose files another resource delivers has its packages by that one.
  ownInputs: (state, wanted) => ({ packages: wanted.files ? packagesOf(state, wanted) : undefined }),
  wanted: ({ api }) => noteAccess(api),
  create: async (request, context) => ({ id: request.nodeName, outputs: await join(request, context) }),
  async read(id, state) {
    const api = new KubernetesApi(state.api);
    try {
      const node = await api.find<NodeObject>(nodePath(id));
      return node && { ...outputsOf(node), ...(isDrained(node) ? { drained: true } : {}) };
    } catch (error) {
      // Without an answer nothing is known; taking the node for gone would make it join twice.
      if (error instanceof ApiError && error.status < 500) throw error;
      return state;
    } finally {
      api.close();
    }
  },
  async update(_id, state, request, context) {
    // It has not joined yet, nor perhaps been delivered anything.
    if (state.kubeletVersion === undefined) return join(request, context);
    if (!state.drained && !concernsNode(state, request))
      return { kubeletVersion: state.kubeletVersion, internalIp: state.internalIp };
    return outputsOf(await changeNode(state, request, context));
  },
  delete: (id, { api, connection, controlPlane, drain }, context) => {
    const machine = id.replace(`${context.environment}-`, "");
    const leave = () =>
      leaveCluster({ nodeName: id, api, connection, controlPlane, drain, isReplaced: stays(machine) }, context);
    return controlPlane ? oneAtATime(leave) : leave();
  },
});

let masterLeaving: Promise<unknown> = Promise.resolve();

/** Lets masters leave one after another: what is true of etcd for one is not for two. */
function oneAtATime(leave: () => Promise<void>): Promise<void> {
  const left = masterLeaving.then(leave);
  masterLeaving = left.catch(() => {});
  return left;
}

/** Gives the revision that the machine is to have applied. */
const wantedRevision = ({ files, packages, revision = "" }: Inputs): string =>
  files ? revisionOf(withPackages(files, packages)) : revision;

/** Time to withdraw a join token: while masters join, the gateway cuts connections of those it takes for gone. */
const withdrawSeconds = 60;

/** Waits until the machine has joined as a node that is Ready. @throws PartlyCreated once the cluster may know the node. */
async function join(request: Inputs, context: Context): Promise<Outputs> {
  const { nodeName, joinToken, connection, controlPlane, timeoutSeconds = 900 } = request;
  const files = request.files && withPackages(request.files, request.packages);
  noteAccess(request.api);
  const api = new KubernetesApi(request.api);
  const ended = new AbortController();
  const working = { ...context, signal: AbortSignal.any([context.signal, ended.signal]) };
  const began = Date.now();
  const left = () => Math.max(1, timeoutSeconds - (Date.now() - began) / 1000);
  let admitted = false;
  const ready = async (): Promise<NodeObject> => {
    await untilAnswers(() => admitJoinToken(api, joinToken, timeoutSeconds), timeoutSeconds, working);
    admitted = true;
    await reviveKubelet(api, request, working.signal);
    const thisMachine = () => machineId(connection, AbortSignal.any([working.signal, AbortSignal.timeout(5000)]));
    return untilReady(api, { nodeName, machineId: thisMachine, timeoutSeconds: left() }, working);
  };
  try {
    if (files) await deliver({ machineName: nodeName, connection }, files, left(), working);
    const readiness = ready();
    const booted = firstBoot(connection, nodeName, wantedRevision(request), working.signal);
    const node = await Promise.race([readiness, booted.then(() => readiness)]);
    await throughRestart(working.signal, () => setLabelsAndTaints(api, nodeName, {}, request));
    await untilAnswers(() => withdrawJoinToken(api, joinToken), withdrawSeconds, working);
    if (controlPlane) await untilEtcdIsWell(api, left(), working);
    return outputsOf(node);
  } catch (error) {
    ended.abort();
    const message = context.signal.aborted
      ? (context.signal.reason as Error).message
      : await withBootReport(error, connection, nodeName, context);
    if (!admitted) throw new Error(message);
    // It expires by itself; where there is an answer, at once.
    if (!context.signal.aborted) await withdrawJoinToken(api, joinToken).catch(() => {});
    throw new PartlyCreated(nodeName, {}, message);
  } finally {
    ended.abort();
    api.close();
  }
}

/** Repeats an attempt until it succeeds: before `kubeadm init` ends, the API answers 401 and 403, for lack of rights. */
function untilAnswers(
  attempt: () => Promise<void>,
  timeoutSeconds: number,
  { signal, report }: Context,
): Promise<void> {
  let reported = "";
  return retry({ timeoutSeconds, signal, what: "the API server" }, async () => {
    try {
      await attempt();
    } catch (error) {
      const message = `waiting for the API server (${(error as Error).message})`;
      if (message !== reported) report(message);
      reported = message;
      throw error;
    }
  });
}

/** Restarts the kubelet where its node was deleted by hand: it registers its node only when it starts. */
async function reviveKubelet(api: KubernetesApi, { nodeName, connection }: Inputs, signal: AbortSignal): Promise<void> {
  if (await api.find(nodePath(nodeName)).catch(() => true)) return;
  const restart = "[ ! -e /var/lib/kpaas/first-boot.done ] || systemctl restart kubelet";
  // A machine that does not answer yet has a kubelet that is still to start.
  await connect(connection)
    .then((transport) => transport.exec(["sh", "-c", restart], { signal }))
    .catch(() => {});
}

function outputsOf({ status }: NodeObject): Outputs {
  return {
    kubeletVersion: status.nodeInfo.kubeletVersion,
    internalIp: status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
  };
}
