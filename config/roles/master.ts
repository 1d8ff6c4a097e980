import { node } from "./node.ts";
import type { RoleFacts } from "./role.ts";

const pki = "/etc/kubernetes/pki";

export const master: RoleFacts = {
  ...node,
  tier: "platform",
  block: { offset: 8, size: 8 },
  component: "kpaas:index:MasterNodes",
  keepsState: true,
  dataPath: "/var/lib/etcd",
  certificates: {
    apiserver: `${pki}/apiserver.crt`,
    "apiserver-kubelet-client": `${pki}/apiserver-kubelet-client.crt`,
    "apiserver-etcd-client": `${pki}/apiserver-etcd-client.crt`,
    "front-proxy-client": `${pki}/front-proxy-client.crt`,
    "etcd-server": `${pki}/etcd/server.crt`,
    "etcd-peer": `${pki}/etcd/peer.crt`,
    ...node.certificates,
  },
  outage: {
    severity: "high",
    loss: "nothing in the cluster can be changed or rescheduled; etcd has no second copy",
    remedy: "containerPlatform.masters.count: 3",
  },
  colour: { light: "#6d3fc4", dark: "#b797ff" },
  healthCheck: { request: { path: "/readyz", status: 200 }, interval: "500ms", endsSessions: true },
};
