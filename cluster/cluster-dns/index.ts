import { images } from "../../config/images.ts";
import { gatewayHosts } from "../../config/services.ts";
import type { KubernetesObject } from "../objects.ts";
import type { ClusterPart } from "../part.ts";
import { deploymentAvailable } from "../workload.ts";

/** kubeadm's CoreDNS, which knows the platform's own names too. */
export const clusterDns: ClusterPart = {
  name: "cluster-dns",
  example: {},
  isIn: () => true,
  images: () => [images.coredns],
  objects: ({ environment }) => [configuration(gatewayHosts(environment))],
  checks: [{ name: "CoreDNS is available", run: (cluster) => deploymentAvailable(cluster, "kube-system", "coredns") }],
};

/** Gives kubeadm's CoreDNS configuration, plus the platform's own names, which no DNS server outside the cluster knows. */
function configuration(hosts: { address: string; names: string[] }): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: "kube-system" },
    data: { Corefile: corefile(hosts) },
  };
}

function corefile({ address, names }: { address: string; names: string[] }): string {
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    hosts {
       ${address} ${names.join(" ")}
       fallthrough
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}
