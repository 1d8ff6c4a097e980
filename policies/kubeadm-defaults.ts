export type Flags = Record<string, string>;

export interface ControlPlaneFlags {
  apiServer: Flags;
  controllerManager: Flags;
  scheduler: Flags;
  etcd: Flags;
}

const pki = "/etc/kubernetes/pki";

/** Arguments that kubeadm (v1beta4) writes into the static pods' manifests by itself, as far as a rule asks for them. */
const defaults: ControlPlaneFlags = {
  apiServer: {
    "allow-privileged": "true",
    "authorization-mode": "Node,RBAC",
    "client-ca-file": `${pki}/ca.crt`,
    "enable-admission-plugins": "NodeRestriction",
    "enable-bootstrap-token-auth": "true",
    "etcd-cafile": `${pki}/etcd/ca.crt`,
    "etcd-certfile": `${pki}/apiserver-etcd-client.crt`,
    "etcd-keyfile": `${pki}/apiserver-etcd-client.key`,
    "kubelet-client-certificate": `${pki}/apiserver-kubelet-client.crt`,
    "kubelet-client-key": `${pki}/apiserver-kubelet-client.key`,
    "service-account-key-file": `${pki}/sa.pub`,
    "service-account-signing-key-file": `${pki}/sa.key`,
    "tls-cert-file": `${pki}/apiserver.crt`,
    "tls-private-key-file": `${pki}/apiserver.key`,
  },
  controllerManager: {
    "bind-address": "127.0.0.1",
    "client-ca-file": `${pki}/ca.crt`,
    "root-ca-file": `${pki}/ca.crt`,
    "service-account-private-key-file": `${pki}/sa.key`,
    "use-service-account-credentials": "true",
  },
  scheduler: { "bind-address": "127.0.0.1" },
  etcd: {
    "cert-file": `${pki}/etcd/server.crt`,
    "client-cert-auth": "true",
    "data-dir": "/var/lib/etcd",
    "key-file": `${pki}/etcd/server.key`,
    "peer-cert-file": `${pki}/etcd/peer.crt`,
    "peer-client-cert-auth": "true",
    "peer-key-file": `${pki}/etcd/peer.key`,
    "trusted-ca-file": `${pki}/etcd/ca.crt`,
  },
};

/** Gives the control plane's effective arguments: a configured one takes the place of kubeadm's own. */
export function controlPlaneFlags(cluster: Record<string, unknown>): ControlPlaneFlags {
  const etcd = (cluster.etcd as { local?: unknown } | undefined)?.local;
  return {
    apiServer: { ...defaults.apiServer, ...extraArguments(cluster.apiServer) },
    controllerManager: { ...defaults.controllerManager, ...extraArguments(cluster.controllerManager) },
    scheduler: { ...defaults.scheduler, ...extraArguments(cluster.scheduler) },
    etcd: { ...defaults.etcd, ...extraArguments(etcd) },
  };
}

function extraArguments(component: unknown): Flags {
  const list = (component as { extraArgs?: { name: string; value: string }[] } | undefined)?.extraArgs ?? [];
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}
