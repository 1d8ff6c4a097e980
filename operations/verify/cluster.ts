import { planMachines } from "../../config/machines.ts";
import { isNode } from "../../config/roles/index.ts";
import { eventually } from "../../lib/eventually.ts";
import type { KubernetesApi, KubernetesObject } from "../../provider/kubernetes.ts";
import { kubernetesApi } from "../access/kubernetes-api.ts";
import { isReady, type NodeObject } from "../access/nodes.ts";
import type { Check, Platform } from "./check.ts";

/** Pods and nodes settle for a moment after an `up`; what is still wrong after so long is wrong. */
export const settleSeconds = 60;

export const apiAnswers: Check = {
  name: "API server is ready",
  run: ({ outputs }) =>
    withApi(outputs.kubeconfig, async (api) => {
      await eventually(settleSeconds, () => api.call("GET", "/readyz"));
      return outputs.endpoints.api;
    }),
};

export const nodesReady: Check = {
  name: "every node is Ready",
  run: ({ environment, outputs }) =>
    withApi(outputs.kubeconfig, (api) =>
      eventually(settleSeconds, async () => {
        const expected = planMachines(environment).filter(({ role }) => isNode(role));
        const { items } = await api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes");
        const ready = new Set(items.filter(isReady).map(({ metadata }) => metadata.name));
        const late = expected.filter(({ hostname }) => !ready.has(hostname));
        if (late.length > 0) throw new Error(`not Ready: ${late.map(({ name }) => name).join(", ")}`);
        return `${expected.length} nodes`;
      }),
    ),
};

export const systemPodsRunning: Check = {
  name: "system pods run",
  run: ({ outputs }) =>
    withApi(outputs.kubeconfig, (api) =>
      eventually(settleSeconds, async () => {
        const { items } = await api.call<{ items: PodObject[] }>("GET", "/api/v1/namespaces/kube-system/pods");
        const late = items.filter((pod) => !runs(pod));
        if (items.length === 0) throw new Error("there are none");
        if (late.length > 0) throw new Error(`not running: ${late.map(podInWords).join(", ")}`);
        return `${items.length} pods`;
      }),
    ),
};

export interface PodObject extends KubernetesObject {
  status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: {
      state?: { waiting?: { reason?: string; message?: string }; terminated?: { message?: string } };
    }[];
  };
}

/** Gives a pod's name and why it does not run, as far as its status says. */
export function podInWords({ metadata, status }: PodObject): string {
  const waiting = status.containerStatuses?.flatMap(
    ({ state }) => state?.waiting?.message ?? state?.waiting?.reason ?? [],
  );
  const unmet = status.conditions?.flatMap(({ status, message }) => (status === "False" && message ? [message] : []));
  return `${metadata.name} is ${[status.phase, ...(waiting ?? []), ...(unmet ?? [])].slice(0, 2).join(": ")}`;
}

const runs = ({ status }: PodObject): boolean =>
  status.phase === "Succeeded" ||
  (status.phase === "Running" &&
    (status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false));

export async function withApi<T>(
  kubeconfig: Platform["outputs"]["kubeconfig"],
  use: (api: KubernetesApi) => Promise<T>,
) {
  const api = kubernetesApi(kubeconfig);
  try {
    return await use(api);
  } finally {
    api.close();
  }
}
