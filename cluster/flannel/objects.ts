import { grant, type KubernetesObject, privilegedNamespace, serviceAccount } from "../objects.ts";

export const namespace = "kube-flannel";
export const name = "flannel";
export const vxlanPort = 8472;

interface ApiAddress {
  host: string;
  port: number;
}

/**
 * Makes the pod network over VXLAN. It gives each node a subnet; each node's own first boot makes the CNI configuration
 * from it. It has no network policies.
 */
export function flannelObjects(args: { image: string; podCidr: string; api: ApiAddress }): KubernetesObject[] {
  const networkConfig = {
    Network: args.podCidr,
    EnableNFTables: true,
    Backend: { Type: "vxlan", VNI: 1, Port: vxlanPort },
  };
  return [
    privilegedNamespace(namespace),
    serviceAccount(namespace, name),
    ...grant(name, { namespace, name }, [
      { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: { "net-conf.json": JSON.stringify(networkConfig) },
    },
    daemonSet(args.image, args.api),
  ];
}

function daemonSet(image: string, api: ApiAddress): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%" } },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          serviceAccountName: name,
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              name,
              image,
              command: ["/opt/bin/flanneld"],
              args: ["--ip-masq", "--kube-subnet-mgr"],
              resources: { requests: { cpu: "50m", memory: "50Mi" } },
              securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
              env: [
                // Not through the Service: it would fail, and be held back, until kube-proxy has made its rules.
                { name: "KUBERNETES_SERVICE_HOST", value: api.host },
                { name: "KUBERNETES_SERVICE_PORT", value: String(api.port) },
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
              ],
              volumeMounts: [
                { name: "run", mountPath: "/run/flannel" },
                { name: "config", mountPath: "/etc/kube-flannel" },
              ],
            },
          ],
          volumes: [
            { name: "run", hostPath: { path: "/run/flannel", type: "DirectoryOrCreate" } },
            { name: "config", configMap: { name } },
          ],
        },
      },
    },
  };
}
