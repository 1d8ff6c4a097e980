import { calicoManifest } from "../../config/digests.ts";
import { images } from "../../config/images.ts";
import type { ClusterPart } from "../part.ts";
import { daemonSetReady } from "../workload.ts";

/** Calico with VXLAN and network policies, by its own manifest, which takes the pods' range from kubeadm's configuration. */
export const calico: ClusterPart = {
  name: "calico",
  example: { containerPlatform: { podNetwork: "calico", kubernetesVersion: "1.35.0" } },
  isIn: ({ containerPlatform }) => containerPlatform.podNetwork === "calico",
  images: () => [images.calicoCni, images.calicoNode, images.calicoControllers],
  ports: () => [
    { role: "master", protocol: "udp", port: 4789 },
    { role: "worker", protocol: "udp", port: 4789 },
  ],
  objects: () => [],
  manifest: calicoManifest,
  checks: [
    {
      name: "every node has its pod network",
      run: (cluster) => daemonSetReady(cluster, "kube-system", "calico-node"),
    },
  ],
};
