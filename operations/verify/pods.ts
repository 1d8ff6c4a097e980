import { randomBytes } from "node:crypto";
import { images } from "../../config/images.ts";
import { eventually } from "../../lib/eventually.ts";
import type { KubernetesApi } from "../../provider/kubernetes.ts";
import type { NodeObject } from "../access/nodes.ts";
import type { Check } from "./check.ts";
import { type PodObject, podInWords, withApi } from "./cluster.ts";

const timeoutSeconds = 120;

/** One pod each on up to two nodes: a name of the cluster's DNS, a shared volume, and the other pod's web server. */
export const podsWork: Check = {
  name: "pods run, find names, share a volume and reach each other",
  run: ({ environment, outputs }) =>
    withApi(outputs.kubeconfig, async (api) => {
      const namespace = `kpaas-verify-${randomBytes(4).toString("hex")}`;
      const nodes = await schedulableNodes(api);
      if (nodes.length === 0) throw new Error("no node takes pods");
      await api.call("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
      try {
        const at = `/api/v1/namespaces/${namespace}`;
        await api.call("POST", `${at}/persistentvolumeclaims`, claim(environment.containerPlatform.storage.className));
        const pods = nodes.slice(0, 2).map((node, index) => ({ name: `probe-${index}`, node }));
        const names = pods.map(({ name }) => name);
        const create = ({ name, node }: { name: string; node: string }) =>
          // Refused until the namespace has its service account.
          eventually(15, () => api.call("POST", `${at}/pods`, pod(name, node, names)));
        await Promise.all(pods.map(create));
        for (const { name } of pods) await untilSucceeded(api, at, name);
        return `on ${pods.map(({ node }) => node).join(" and ")}`;
      } finally {
        await api.remove(`/api/v1/namespaces/${namespace}`);
      }
    }),
};

async function schedulableNodes(api: KubernetesApi): Promise<string[]> {
  const { items } = await api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes");
  return items
    .filter(({ spec }) => !spec.taints?.some(({ effect }) => effect === "NoSchedule" || effect === "NoExecute"))
    .map(({ metadata }) => metadata.name);
}

async function untilSucceeded(api: KubernetesApi, namespace: string, name: string): Promise<void> {
  await eventually(timeoutSeconds, async () => {
    const pod = await api.call<PodObject>("GET", `${namespace}/pods/${name}`);
    const { phase } = pod.status;
    if (phase === "Succeeded") return;
    const log = phase === "Pending" ? "" : await api.call<string>("GET", `${namespace}/pods/${name}/log`);
    throw new Error(`${podInWords(pod)}${log ? `; it says:\n${log.trim()}` : ""}`);
  });
}

const claim = (storageClassName: string) => ({
  metadata: { name: "shared" },
  spec: { accessModes: ["ReadWriteMany"], storageClassName, resources: { requests: { storage: "10Mi" } } },
});

/**
 * Gives one of the pods, each of which writes its address to the volume, serves its name, and reads the name of every other until
 * it has them all. `timeout` bounds each read, because the -T of Debian's busybox wget crashes it.
 */
function pod(name: string, node: string, all: readonly string[]): unknown {
  const script = `set -e
nslookup kubernetes.default.svc.cluster.local >/dev/null
mkdir /tmp/www && echo ${name} >/tmp/www/index.html
httpd -p 8080 -h /tmp/www
echo "$ADDRESS" >/data/${name}
for other in ${all.join(" ")}; do
  until [ "$(timeout 2 wget -q -O - "http://$(cat /data/$other):8080/")" = "$other" ]; do sleep 0.2; done
  touch /data/$other.seen-by-${name}
done
until [ "$(ls /data/*.seen-by-* | wc -l)" -eq ${all.length ** 2} ]; do sleep 0.2; done`;
  return {
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/hostname": node },
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: timeoutSeconds,
      containers: [
        {
          name: "probe",
          image: images.busybox,
          command: ["sh", "-c", script],
          env: [{ name: "ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
          volumeMounts: [{ name: "shared", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "shared", persistentVolumeClaim: { claimName: "shared" } }],
    },
  };
}
