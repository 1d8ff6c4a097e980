import { type Absent, absent } from "./infrastructure/absent.ts";
import { versions } from "./versions.ts";

/** Upstream image registries that the site's own may stand in for; no image of the platform comes from another. */
export const mirroredHosts = ["registry.k8s.io", "docker.io", "ghcr.io", "quay.io"] as const;

export type MirroredHost = (typeof mirroredHosts)[number];

/** An image's name as manifests write it; a mirror is asked for `repository`, the host left out. */
export interface ImageName {
  host: MirroredHost;
  repository: string;
  tag: string;
}

export function imageReference({ host, repository, tag }: ImageName): string {
  return `${host}/${repository}:${tag}`;
}

/** Digests of images by their references, as far as they are known. */
export type ImageDigests = Readonly<Record<string, string>>;

/** Gives the name by which an image is run: with its digest where it is known, so that its tag may come to mean something else. */
export function pinnedReference(reference: string, digests: ImageDigests = {}): string {
  const digest = digests[reference];
  return digest === undefined ? reference : `${reference}@${digest}`;
}

/** Gives an image's name from its reference. @throws Error where it is of no host that is listed, or has no tag */
export function imageName(reference: string): ImageName {
  const host = mirroredHosts.find((name) => reference.startsWith(`${name}/`));
  const [repository, tag] = host ? reference.slice(host.length + 1).split(":") : [];
  if (!host || !repository || !tag) throw new Error(`${reference} is no image of ${mirroredHosts.join(", ")}`);
  return { host, repository, tag };
}

/** Stand-in for images' digests: a tag is pulled, and what it means is the registry's that answers first. */
export const unknownDigest: Absent = absent("no upstream registry could be asked when this release was made");

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
