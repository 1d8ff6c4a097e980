/** Tags of the images that do not follow the Kubernetes version. `local` builds its own images under the same names. */
const tags = {
  etcd: "3.6.5-0",
  coredns: "v1.12.4",
  pause: "3.10.2",
  flannel: "v0.28.4",
  localPathProvisioner: "v0.0.30",
  nfsProvisioner: "v4.0.2",
  busybox: "1",
} as const;

export const imageTags = { etcd: tags.etcd, coredns: tags.coredns } as const;

export const images = {
  etcd: `registry.k8s.io/etcd:${tags.etcd}`,
  coredns: `registry.k8s.io/coredns/coredns:${tags.coredns}`,
  pause: `registry.k8s.io/pause:${tags.pause}`,
  flannel: `ghcr.io/flannel-io/flannel:${tags.flannel}`,
  localPathProvisioner: `docker.io/rancher/local-path-provisioner:${tags.localPathProvisioner}`,
  nfsProvisioner: `registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:${tags.nfsProvisioner}`,
  busybox: `docker.io/library/busybox:${tags.busybox}`,
} as const;

/** Pods of a control plane, in the order in which kubeadm needs them. */
export function controlPlaneImages(kubernetesVersion: string): string[] {
  const programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  return [images.pause, images.etcd, ...programs.map((program) => `registry.k8s.io/${program}:v${kubernetesVersion}`)];
}

/** Hosts whose images the platform's registry serves where it is a mirror. */
export const mirroredHosts = ["registry.k8s.io", "docker.io", "ghcr.io", "quay.io"];

/** Pinned manifest of Calico with VXLAN and network policies; it takes the pods' range from kubeadm's configuration. */
export const calicoManifest =
  "https://raw.githubusercontent.com/projectcalico/calico/v3.31.2/manifests/calico-vxlan.yaml";
