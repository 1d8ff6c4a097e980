/** The version of every external tool. A Go module's version must match its `go/<name>/go.mod`; a test compares them. */
export const versions = {
  pulumi: "3.250.0",
  /** Newest nodejs language host that is served as a Go module. */
  pulumiLanguageNodejs: "3.60.0",
  kubernetes: "1.36.3",
  etcd: "3.6.5",
  coredns: "1.12.4",
  flannel: "0.28.4",
  localPathProvisioner: "0.0.30",
  pause: "3.10.2",
  busybox: "1",
} as const;

/** Oldest `pulumi` on PATH that is used instead of the pinned one. */
export const oldestPulumi = "3.240.0";

/** An image's name as manifests write it; a mirror is asked for `repository`, the host left out. */
export interface ImageName {
  host: "registry.k8s.io" | "docker.io" | "ghcr.io";
  repository: string;
  tag: string;
}

export const kubernetesImagePrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
] as const;

/** Images that do not follow the Kubernetes version. kubeadm's own choice of etcd and CoreDNS is newer: set these tags in its configuration. */
export const platformImages = {
  etcd: { host: "registry.k8s.io", repository: "etcd", tag: `${versions.etcd}-0` },
  coredns: { host: "registry.k8s.io", repository: "coredns/coredns", tag: `v${versions.coredns}` },
  pause: { host: "registry.k8s.io", repository: "pause", tag: versions.pause },
  flannel: { host: "ghcr.io", repository: "flannel-io/flannel", tag: `v${versions.flannel}` },
  localPathProvisioner: {
    host: "docker.io",
    repository: "rancher/local-path-provisioner",
    tag: `v${versions.localPathProvisioner}`,
  },
  busybox: { host: "docker.io", repository: "library/busybox", tag: versions.busybox },
} as const satisfies Record<string, ImageName>;

export const imageReference = ({ host, repository, tag }: ImageName): string => `${host}/${repository}:${tag}`;
