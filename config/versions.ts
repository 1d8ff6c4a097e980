/** Kubernetes minors that first boot's configuration was made for (kubeadm v1beta4, structured kubelet configuration). */
export const kubernetesMinors = ["1.34", "1.35", "1.36"];

export const defaultKubernetesVersion = "1.36.3";

/** Release of each pod network that first boot installs, and the Kubernetes minors its makers say it works with. */
export const podNetworks = {
  // "For Kubernetes v1.17+": https://github.com/flannel-io/flannel#deploying-flannel-manually
  flannel: { version: "0.28.4", kubernetesMinors: [...kubernetesMinors] },
  // Tested with 1.32 to 1.35: https://docs.tigera.io/calico/3.31/getting-started/kubernetes/requirements
  calico: { version: "3.31.2", kubernetesMinors: ["1.34", "1.35"] },
} satisfies Record<string, { version: string; kubernetesMinors: string[] }>;

/** `1.36` of `1.36.3`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
