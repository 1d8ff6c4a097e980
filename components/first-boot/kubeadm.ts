import { createHash } from "node:crypto";
import { gatewayAddress } from "../../config/addresses.ts";
import type { Taint } from "../../config/environment.ts";
import { platformImages } from "../../config/images.ts";
import type { MachinePlan } from "../../config/machines.ts";
import { serviceName } from "../../config/services.ts";
import { admissionFile } from "./api-server.ts";
import { addressOf, machinesOfRole, type PlatformFacts } from "./facts.ts";

const apiVersion = "kubeadm.k8s.io/v1beta4";
const apiPort = 6443;

/** Files the API server reads, on the node and in its pod. */
export const apiServerFiles = "/etc/kubernetes/apiserver";

/**
 * Boots of many machines share one host on `local`: late is not wrong, and the installer's own time-outs bound it all. That of the
 * control plane's health stays kubeadm's own: it goes into manifests, and an upgrade, which cannot be told another, would give other
 * ones; the next change of settings would then restart the whole control plane.
 */
const timeouts = {
  discovery: "10m0s",
  kubeletHealthCheck: "10m0s",
  kubernetesAPICall: "2m0s",
  tlsBootstrap: "10m0s",
};

/** A pod that forks without end stops at this, and its node goes on. */
const podPidsLimit = 4096;

type Argument = { name: string; value: string };

const localOnly = { "bind-address": "127.0.0.1", profiling: "false" };

/** A leader that did not release its lease is followed a second later, not two. */
const leaderElection = { "leader-elect-retry-period": "1s" };

const toArguments = (values: Record<string, string>): Argument[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

export function apiEndpoint({ environment }: PlatformFacts): string {
  return `${serviceName("api", environment)}:${apiPort}`;
}

/** Gives all documents that `kubeadm init --config` takes. */
export function initDocuments(machine: MachinePlan, facts: PlatformFacts, token: string): unknown[] {
  return [
    {
      apiVersion,
      kind: "InitConfiguration",
      // Every preflight check is either made before (the plan) or repeated by what follows; `show-join-command` prints a token.
      skipPhases: ["preflight", "show-join-command"],
      bootstrapTokens: [
        {
          token,
          ttl: "15m0s",
          usages: ["signing", "authentication"],
          groups: ["system:bootstrappers:kubeadm:default-node-token"],
        },
      ],
      localAPIEndpoint: { advertiseAddress: addressOf(machine), bindPort: apiPort },
      nodeRegistration: nodeRegistration(machine),
      timeouts,
    },
    ...clusterSettings(facts),
  ];
}

/** Gives the documents by which kubeadm's single phases make a master's parts again, of a cluster that is there. */
export function clusterDocuments(machine: MachinePlan, facts: PlatformFacts): unknown[] {
  return [
    {
      apiVersion,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: addressOf(machine), bindPort: apiPort },
      nodeRegistration: nodeRegistration(machine),
      timeouts,
    },
    ...clusterSettings(facts),
  ];
}

export function joinDocument(machine: MachinePlan, facts: PlatformFacts, token: string): unknown {
  return {
    apiVersion,
    kind: "JoinConfiguration",
    skipPhases: ["preflight"],
    discovery: {
      bootstrapToken: { apiServerEndpoint: apiEndpoint(facts), token, caCertHashes: [facts.kubernetesCaPin] },
    },
    nodeRegistration: nodeRegistration(machine, pool(machine, facts)),
    ...(machine.role === "master"
      ? { controlPlane: { localAPIEndpoint: { advertiseAddress: addressOf(machine), bindPort: apiPort } } }
      : {}),
    timeouts,
  };
}

/** Gives a digest of the settings that the whole cluster has: nodes on which it is another one take them over. */
export function clusterRevision(facts: PlatformFacts): string {
  return createHash("sha256")
    .update(JSON.stringify(clusterSettings(facts)))
    .digest("hex");
}

/** Gives the documents that are the same for every machine of a cluster. */
function clusterSettings(facts: PlatformFacts): unknown[] {
  return [clusterConfiguration(facts), kubeletConfiguration(), kubeProxyConfiguration(facts)];
}

/** Lists the names and addresses that the API server's certificate has. */
export function apiNames(facts: PlatformFacts): string[] {
  const masters = machinesOfRole("master", facts);
  return [
    serviceName("api", facts.environment),
    gatewayAddress(facts.environment),
    "localhost",
    "127.0.0.1",
    ...masters.map(({ hostname }) => hostname),
    ...masters.map(addressOf),
  ];
}

function pool(machine: MachinePlan, { environment }: PlatformFacts) {
  return environment.containerPlatform.workerPools.find(({ name }) => name === machine.pool);
}

/** Gives a node's registration. Masters keep kubeadm's own taint; workers have their pool's. */
function nodeRegistration(machine: MachinePlan, pool?: { labels: Record<string, string>; taints: Taint[] }) {
  const labels = Object.entries(pool?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    name: machine.hostname,
    criSocket: "unix:///run/containerd/containerd.sock",
    imagePullPolicy: "IfNotPresent",
    imagePullSerial: false,
    ...(labels.length > 0 ? { kubeletExtraArgs: toArguments({ "node-labels": labels.join(",") }) } : {}),
    ...(pool ? { taints: pool.taints } : {}),
  };
}

function clusterConfiguration(facts: PlatformFacts) {
  const { name, network, containerPlatform } = facts.environment;
  const auditLog = "/var/log/kubernetes/audit";
  return {
    apiVersion,
    kind: "ClusterConfiguration",
    clusterName: name,
    kubernetesVersion: `v${containerPlatform.kubernetesVersion}`,
    controlPlaneEndpoint: apiEndpoint(facts),
    encryptionAlgorithm: "ECDSA-P256",
    networking: { podSubnet: network.podCidr, serviceSubnet: network.serviceCidr, dnsDomain: "cluster.local" },
    dns: { imageTag: platformImages.coredns.tag },
    etcd: {
      local: {
        dataDir: "/var/lib/etcd",
        imageTag: platformImages.etcd.tag,
        // Tolerates a disk that is slow for a moment; a dead leader is still replaced within three seconds.
        extraArgs: toArguments({ "heartbeat-interval": "250", "election-timeout": "2500" }),
      },
    },
    apiServer: {
      certSANs: apiNames(facts),
      extraArgs: toArguments({
        "admission-control-config-file": `${apiServerFiles}/${admissionFile(containerPlatform.podSecurity)}`,
        "authentication-config": `${apiServerFiles}/authentication.yaml`,
        "encryption-provider-config": `${apiServerFiles}/encryption.yaml`,
        "audit-policy-file": `${apiServerFiles}/audit-policy.yaml`,
        "audit-log-path": `${auditLog}/audit.log`,
        // A year, as audits ask for; the number and size of files (MB) bound what it may take of the disk.
        "audit-log-maxage": "365",
        "audit-log-maxbackup": "20",
        "audit-log-maxsize": "100",
        profiling: "false",
        "service-account-extend-token-expiration": "false",
        // Without it watches hold an API server that is to end until the kubelet kills it, half a minute in which it serves nothing.
        "shutdown-watch-termination-grace-period": "10s",
        "tls-min-version": "VersionTLS12",
      }),
      extraVolumes: [
        {
          name: "kpaas-files",
          hostPath: apiServerFiles,
          mountPath: apiServerFiles,
          readOnly: true,
          pathType: "Directory",
        },
        { name: "kpaas-audit", hostPath: auditLog, mountPath: auditLog, pathType: "DirectoryOrCreate" },
      ],
    },
    controllerManager: {
      extraArgs: toArguments({
        ...leaderElection,
        ...localOnly,
        // The default of 20 a second makes its own start last for many seconds: each controller asks for a token of its own.
        "kube-api-qps": "100",
        "kube-api-burst": "200",
        "terminated-pod-gc-threshold": "1000",
      }),
    },
    scheduler: { extraArgs: toArguments({ ...leaderElection, ...localOnly }) },
  };
}

/** Gives the settings of every node; what depends on the machine is merged over them from kubelet.conf.d. */
function kubeletConfiguration() {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
    authorization: { mode: "Webhook" },
    readOnlyPort: 0,
    rotateCertificates: true,
    // The runtime's own profile, where a pod asks for none.
    seccompDefault: true,
    podPidsLimit,
    tlsMinVersion: "VersionTLS12",
    streamingConnectionIdleTimeout: "5m0s",
    resolvConf: "/etc/kpaas/resolv.conf",
    serializeImagePulls: false,
    maxParallelImagePulls: 3,
    // Absolute: on a large disk that others use too, the default percentages evict every pod.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi" },
  };
}

function kubeProxyConfiguration({ environment }: PlatformFacts) {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: environment.network.podCidr,
    // The kernel's own limit grows with memory, and a container may not change its host's.
    conntrack: { maxPerCore: 0 },
  };
}
