import type { KubernetesObject } from "./objects.ts";

/** kubeadm's CoreDNS configuration, plus the platform's own names, which no DNS server outside the cluster knows. */
export function clusterDns(hosts: { address: string; names: string[] }): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: "kube-system" },
    data: {
      Corefile: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    hosts {
       ${hosts.address} ${hosts.names.join(" ")}
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
`,
    },
  };
}
