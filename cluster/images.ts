import {
  controlPlanePrograms,
  type ImageName,
  imageName,
  imageReference,
  images,
  kubernetesImage,
  unknownDigest,
} from "../config/images.ts";
import type { Absent } from "../config/infrastructure/absent.ts";
import { partsOf } from "./index.ts";
import type { ClusterFacts } from "./part.ts";

/** References of images by who needs them; one that several need stands with each. */
export interface EnvironmentImages {
  /** A control plane's pods, in the order in which kubeadm needs them. */
  controlPlane: string[];
  /** Every node's, pulled during first boot. */
  node: string[];
  /** The cluster's parts'. */
  parts: string[];
  /** The pods' that `verify` starts. */
  verification: string[];
}

/** Lists every image that an environment needs: first boot pulls by this list. */
export function environmentImages(facts: ClusterFacts): EnvironmentImages {
  const { kubernetesVersion } = facts.environment.containerPlatform;
  const parts = partsOf(facts.environment);
  const kubernetes = (program: Parameters<typeof kubernetesImage>[0]) =>
    imageReference(kubernetesImage(program, kubernetesVersion));
  return {
    controlPlane: [images.pause, images.etcd, ...controlPlanePrograms.map(kubernetes)],
    node: [
      images.pause,
      kubernetes("kube-proxy"),
      ...parts.filter(({ pulledAtFirstBoot }) => pulledAtFirstBoot).flatMap((part) => part.images(facts)),
    ],
    parts: parts.flatMap((part) => part.images(facts)),
    verification: [images.busybox],
  };
}

/** An image that an environment needs, as upstream names it. */
export interface NeededImage extends ImageName {
  reference: string;
  digest: string | Absent;
  neededBy: (keyof EnvironmentImages)[];
}

/** Lists each image that an environment needs once, in the order in which hosts and first boot have them. */
export function neededImages(facts: ClusterFacts): NeededImage[] {
  const byNeed = Object.entries(environmentImages(facts)) as [keyof EnvironmentImages, string[]][];
  const references = [...new Set(byNeed.flatMap(([, references]) => references))];
  return references.map((reference) => ({
    ...imageName(reference),
    reference,
    digest: unknownDigest,
    neededBy: byNeed.filter(([, references]) => references.includes(reference)).map(([need]) => need),
  }));
}
