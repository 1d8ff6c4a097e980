/**
 * Every version that the installer pins. Images and download addresses derive from it; a Go module's version must match its
 * `toolchain/go/<name>/go.mod` (Kubernetes: one of several, see below), which a test compares.
 */
export const versions = {
  pulumi: "3.250.0",
  /** Newest nodejs language host that is served as a Go module. */
  pulumiLanguageNodejs: "3.60.0",
  kubernetes: "1.36.3",
  etcd: "3.6.5",
  coredns: "1.12.4",
  pause: "3.10.2",
  flannel: "0.28.4",
  calico: "3.31.2",
  localPathProvisioner: "0.0.30",
  nfsProvisioner: "4.0.2",
  busybox: "1",
} as const;

/** Oldest `pulumi` on PATH that is used instead of the pinned one. */
export const oldestPulumi = "3.240.0";

/** Kubernetes minors that first boot's configuration was made for (kubeadm v1beta4, structured kubelet configuration). */
export const kubernetesMinors = ["1.34", "1.35", "1.36", "1.37"];

/**
 * Kubernetes versions that can be built from Go modules, oldest first: each has a module of its own in
 * `toolchain/go/kubernetes`. Newest patch of each minor, and the oldest of the default's to upgrade from.
 */
export const buildableKubernetesVersions: readonly string[] = ["1.35.4", "1.36.1", "1.36.3", "1.37.2"];

export const defaultKubernetesVersion: string = versions.kubernetes;

/** Release of each pod network, and the Kubernetes minors its makers say it works with. */
export const podNetworks = {
  // "For Kubernetes v1.17+": https://github.com/flannel-io/flannel#deploying-flannel-manually
  flannel: { version: versions.flannel, kubernetesMinors: [...kubernetesMinors] },
  // Tested with 1.32 to 1.35: https://docs.tigera.io/calico/3.31/getting-started/kubernetes/requirements
  calico: { version: versions.calico, kubernetesMinors: ["1.34", "1.35"] },
} satisfies Record<string, { version: string; kubernetesMinors: string[] }>;

/** Minors that a kubelet may be older than the API server: https://kubernetes.io/releases/version-skew-policy/#kubelet */
export const kubeletMinorsBehind = 3;

/** Gives the number of a minor: 36 of `1.36`, `1.36.3` or `v1.36.3`. */
export const minorNumber = (version: string): number => Number(version.replace(/^v/, "").split(".")[1]);

/** Gives the minor version: `1.36` of `1.36.3`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
