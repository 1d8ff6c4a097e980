import { versions } from "./versions.ts";

/** Image registries that the platform's own stands in for where it is a mirror; no image comes from another. */
export const mirroredHosts = ["registry.k8s.io", "docker.io", "ghcr.io", "quay.io"] as const;

/** An image's name as manifests write it; a mirror is asked for `repository`, the host left out. */
export interface ImageName {
  host: (typeof mirroredHosts)[number];
  repository: string;
  tag: string;
}

export function imageReference({ host, repository, tag }: ImageName): string {
  return `${host}/${repository}:${tag}`;
}

/** Images that do not follow the Kubernetes version. kubeadm's own choice of etcd and CoreDNS is newer: its configuration sets these tags. */
export const platformImages = {
  etcd: { host: "registry.k8s.io", repository: "etcd", tag: `${versions.etcd}-0` },
  coredns: { host: "registry.k8s.io", repository: "coredns/coredns", tag: `v${versions.coredns}` },
  pause: { host: "registry.k8s.io", repository: "pause", tag: versions.pause },
  flannel: { host: "ghcr.io", repository: "flannel-io/flannel", tag: `v${versions.flannel}` },
  calicoCni: { host: "quay.io", repository: "calico/cni", tag: `v${versions.calico}` },
  calicoNode: { host: "quay.io", repository: "calico/node", tag: `v${versions.calico}` },
  calicoControllers: { host: "quay.io", repository: "calico/kube-controllers", tag: `v${versions.calico}` },
  localPathProvisioner: {
    host: "docker.io",
    repository: "rancher/local-path-provisioner",
    tag: `v${versions.localPathProvisioner}`,
  },
  nfsProvisioner: {
    host: "registry.k8s.io",
    repository: "sig-storage/nfs-subdir-external-provisioner",
    tag: `v${versions.nfsProvisioner}`,
  },
  busybox: { host: "docker.io", repository: "library/busybox", tag: versions.busybox },
} as const satisfies Record<string, ImageName>;

type PlatformImage = keyof typeof platformImages;

/** References of `platformImages`. */
export const images = Object.fromEntries(
  Object.entries(platformImages).map(([name, image]) => [name, imageReference(image)]),
) as Record<PlatformImage, string>;

export const controlPlanePrograms = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** Programs of Kubernetes that run from images, each under its own name. */
export const kubernetesImagePrograms = [...controlPlanePrograms, "kube-proxy"] as const;

export function kubernetesImage(program: (typeof kubernetesImagePrograms)[number], version: string): ImageName {
  return { host: "registry.k8s.io", repository: program, tag: `v${version}` };
}
