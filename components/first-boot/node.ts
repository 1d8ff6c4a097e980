import { environmentImages } from "../../cluster/images.ts";
import { kubernetesDigestWords } from "../../config/digests.ts";
import { platformRegistry } from "../../config/image-sources.ts";
import { images, pinnedReference } from "../../config/images.ts";
import type { Role } from "../../config/roles/index.ts";
import { type BootFile, type PlatformFacts, platformCaPath } from "./facts.ts";
import { imageSourceFiles } from "./image-sources.ts";
import { apiEndpoint, clusterRevision } from "./kubeadm.ts";
import { nodeGuard } from "./node-guard.ts";
import { scriptFile } from "./scripts.ts";
import { endPodsUnit, kubeletUnit, nameForwarderUnit, nodeGuardUnit, podNetworkUnits } from "./units.ts";

/** Gives the script variables that a master and a worker have in common. */
export function nodeVariables(facts: PlatformFacts, token: string): Record<string, string> {
  const { containerPlatform } = facts.environment;
  const { kubernetesVersion, podNetwork } = containerPlatform;
  const flannel = podNetwork === "flannel";
  return {
    KPAAS_KUBERNETES_VERSION: kubernetesVersion,
    KPAAS_KUBERNETES_DIGESTS: kubernetesDigestWords(kubernetesVersion),
    KPAAS_API: apiEndpoint(facts),
    KPAAS_CA_PIN: facts.kubernetesCaPin,
    KPAAS_CLUSTER_REVISION: clusterRevision(facts),
    KPAAS_JOIN_TOKEN: token,
    KPAAS_REGISTRY: platformRegistry(facts.environment),
    KPAAS_IMAGES: environmentImages(facts).node.join(" "),
    KPAAS_POD_NETWORK_UNIT: flannel ? "kpaas-pod-network.path" : "",
  };
}

export function nodeFiles(role: Role, facts: PlatformFacts): BootFile[] {
  const flannel = facts.environment.containerPlatform.podNetwork === "flannel";
  return [
    { path: platformCaPath, content: facts.platformCaPem },
    ...imageSourceFiles(facts),
    { path: "/etc/kpaas/containerd.toml", content: containerdConfig(facts) },
    { path: "/etc/kpaas/node-guard.nft", content: nodeGuard(role, facts.environment) },
    { path: "/etc/kpaas/sysctl.conf", content: "net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n" },
    kubeletUnit,
    endPodsUnit,
    scriptFile("/usr/local/lib/kpaas/end-pods", ["end-pods.sh"]),
    nodeGuardUnit,
    nameForwarderUnit,
    scriptFile("/usr/local/lib/kpaas/name-forwarder", ["name-forwarder.py"]),
    ...(flannel ? [...podNetworkUnits, scriptFile("/usr/local/lib/kpaas/pod-network", ["pod-network.sh"])] : []),
  ];
}

/** Renders containerd's settings. Two values are known on the machine only; its script fills them in. */
function containerdConfig({ imageDigests }: PlatformFacts): string {
  return `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pinnedReference(images.pause, imageDigests)}"
  restrict_oom_score_adj = @RESTRICT_OOM@

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = @SYSTEMD_CGROUP@
`;
}
