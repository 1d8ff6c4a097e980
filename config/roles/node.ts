import { nodePackages } from "./packages.ts";

/** Facts that a master and a worker have in common. */
export const node = {
  platform: "container",
  isNode: true,
  packages: nodePackages,
  units: ["kpaas-node-guard", "containerd", "kubelet"],
  certificates: { kubelet: "/var/lib/kubelet/pki/kubelet-client-current.pem" },
  leastInOperation: { vcpus: 4, memoryGiB: 8 },
} as const;
