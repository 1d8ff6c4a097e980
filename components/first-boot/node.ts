import { environmentImages } from "../../cluster/images.ts";
import { kubernetesDigestWords } from "../../config/digests.ts";
import { platformRegistry } from "../../config/image-sources.ts";
import { images } from "../../config/images.ts";
import { type BootFile, type PlatformFacts, platformCaPath } from "./facts.ts";
import { imageSourceFiles } from "./image-sources.ts";
import { apiEndpoint, clusterRevision } from "./kubeadm.ts";
import { metadataDestinations } from "./metadata-destinations.ts";
import { scriptFile } from "./scripts.ts";
import { endPodsUnit, kubeletUnit, metadataGuardUnit, nameForwarderUnit, podNetworkUnits } from "./units.ts";

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

export function nodeFiles(facts: PlatformFacts): BootFile[] {
  const { network, containerPlatform } = facts.environment;
  const flannel = containerPlatform.podNetwork === "flannel";
  return [
    { path: platformCaPath, content: facts.platformCaPem },
    ...imageSourceFiles(facts.environment),
    { path: "/etc/kpaas/containerd.toml", content: containerdConfig() },
    { path: "/etc/kpaas/metadata-guard.nft", content: metadataGuard(network.podCidr) },
    { path: "/etc/kpaas/sysctl.conf", content: "net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n" },
    kubeletUnit,
    endPodsUnit,
    scriptFile("/usr/local/lib/kpaas/end-pods", ["end-pods.sh"]),
    metadataGuardUnit,
    nameForwarderUnit,
    scriptFile("/usr/local/lib/kpaas/name-forwarder", ["name-forwarder.py"]),
    ...(flannel ? [...podNetworkUnits, scriptFile("/usr/local/lib/kpaas/pod-network", ["pod-network.sh"])] : []),
  ];
}

/** Renders containerd's settings. Two values are known on the machine only; its script fills them in. */
function containerdConfig(): string {
  return `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${images.pause}"
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

/** Drops what pods send to metadata services, before any translation of addresses, so that no Service can lead there either. */
function metadataGuard(podCidr: string): string {
  const drops = metadataDestinations().map((to) => `ip saddr ${podCidr} ${to} counter drop`);
  return `table inet kpaas_metadata_guard
delete table inet kpaas_metadata_guard
table inet kpaas_metadata_guard {
  chain prerouting {
    type filter hook prerouting priority raw; policy accept;
    ${drops.join("\n    ")}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ${drops.join("\n    ")}
  }
}
`;
}
