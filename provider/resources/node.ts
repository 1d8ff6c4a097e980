import { z } from "zod";
import { drain } from "../drain.ts";
import { firstBootFailure, withBootReport } from "../first-boot-watch.ts";
import { admitJoinToken, withdrawJoinToken } from "../join-tokens.ts";
import { ApiError, KubernetesApi, type KubernetesObject } from "../kubernetes.ts";
import { type Context, resource } from "../resource.ts";
import { retry } from "../retry.ts";
import { connectionSchema } from "../schemas.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  nodeName: z.string(),
  connection: connectionSchema,
  api: z.strictObject({
    server: z.url(),
    caCertPem: z.string(),
    clientCertPem: z.string(),
    clientKeyPem: z.string(),
  }),
  joinToken: z.string().regex(/^[a-z0-9]{6}\.[a-z0-9]{16}$/, "must be a kubeadm bootstrap token"),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  kubeletVersion: string;
  internalIp: string;
}

interface NodeObject extends KubernetesObject {
  status: {
    conditions?: { type: string; status: string }[];
    addresses?: { type: string; address: string }[];
    nodeInfo: { kubeletVersion: string; machineID: string };
  };
}

/** Long enough for a node to leave; an unreachable API must not hold up what comes after. */
const leaveSeconds = 60;

export const handler = resource<Inputs, Outputs>({
  inputs,
  replaceOn: ["machineId", "nodeName"],

  async create(request, context) {
    const { nodeName, joinToken, timeoutSeconds = 900, connection } = request;
    const api = new KubernetesApi(request.api);
    const ended = new AbortController();
    const signal = AbortSignal.any([context.signal, ended.signal]);
    const joined = async () => {
      await untilAnswers(() => admitJoinToken(api, joinToken, timeoutSeconds), timeoutSeconds, { ...context, signal });
      const node = await untilReady(api, nodeName, timeoutSeconds, { ...context, signal });
      await withdrawJoinToken(api, joinToken);
      return node;
    };
    try {
      const node = await Promise.race([joined(), firstBootFailure(connection, nodeName, signal)]);
      return { id: nodeName, outputs: outputsOf(node) };
    } catch (error) {
      context.signal.throwIfAborted();
      throw await withBootReport(error, connection, nodeName);
    } finally {
      ended.abort();
      api.close();
    }
  },

  async read(id, state) {
    const api = new KubernetesApi(state.api);
    try {
      const node = await api.find<NodeObject>(`/api/v1/nodes/${id}`);
      return node && outputsOf(node);
    } catch (error) {
      // Without an answer nothing is known; taking the node for gone would make it join twice.
      if (error instanceof ApiError && error.status < 500) throw error;
      return state;
    } finally {
      api.close();
    }
  },

  async update(_id, state) {
    return { kubeletVersion: state.kubeletVersion, internalIp: state.internalIp };
  },

  async delete(id, state, { signal, report }) {
    const api = new KubernetesApi(state.api);
    try {
      const node = await api.find<NodeObject>(`/api/v1/nodes/${id}`);
      if (!node) return;
      if (isReady(node)) await drain(api, id, leaveSeconds, signal);
      await api.remove(`/api/v1/nodes/${id}`);
    } catch (error) {
      signal.throwIfAborted();
      report(`${id} did not leave the cluster in order: ${(error as Error).message}`);
      if (!(error instanceof ApiError)) return;
      await api.remove(`/api/v1/nodes/${id}`);
    } finally {
      api.close();
    }
  },
});

/** Before its end `kubeadm init` answers with 401 and 403: the administrator's rights are not there yet. */
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

/** Watches the one node; a watch that the server or the network ends is begun again. */
function untilReady(
  api: KubernetesApi,
  name: string,
  timeoutSeconds: number,
  { signal, report }: Context,
): Promise<NodeObject> {
  const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  report(`waiting for ${name} to be Ready`);
  return retry({ timeoutSeconds, signal, what: `${name} to be Ready` }, async () => {
    const slice = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
    for await (const { type, object } of api.watch<NodeObject>(`/api/v1/nodes?watch=true&${selector}`, slice))
      if (type !== "DELETED" && type !== "ERROR" && isReady(object)) return object;
    throw new Error("it is not");
  });
}

function isReady({ status }: NodeObject): boolean {
  return status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function outputsOf({ status }: NodeObject): Outputs {
  return {
    kubeletVersion: status.nodeInfo.kubeletVersion,
    internalIp: status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
  };
}
