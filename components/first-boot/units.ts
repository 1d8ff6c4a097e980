import type { BootFile } from "./facts.ts";

type Section = Record<string, string | string[]>;

/** Renders a systemd unit; a list of values repeats its key. */
export function systemdUnit(sections: Record<string, Section>): string {
  return Object.entries(sections)
    .map(([title, section]) => {
      const lines = Object.entries(section).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}`));
      return [`[${title}]`, ...lines, ""].join("\n");
    })
    .join("\n");
}

export function unitFile(name: string, sections: Record<string, Section>): BootFile {
  return { path: `/etc/systemd/system/${name}`, content: systemdUnit(sections) };
}

/**
 * Keeps a service from starting before its data disk is mounted, which after a restart it could: it would begin anew on the boot disk. On a
 * machine without such a disk it asks for nothing.
 */
export const waitsForDataDisk = (service: string, dataPath: string): BootFile =>
  unitFile(`${service}.service.d/data-disk.conf`, { Unit: { RequiresMountsFor: dataPath } });

const multiUser = { WantedBy: "multi-user.target" };

/**
 * Runs when files are delivered, and at every boot, because a container's host names go with each start; what is done already is
 * left alone.
 */
export function firstBootUnit(role: string): BootFile {
  return unitFile("kpaas-first-boot.service", {
    Unit: {
      Description: `First boot of a K-PaaS ${role}`,
      Wants: "network-online.target",
      // cloud-init sets the host name and may hold the package manager's lock until then.
      After: "network-online.target cloud-init.service cloud-config.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      ExecStart: "/usr/local/lib/kpaas/first-boot",
      Restart: "on-failure",
      RestartSec: "2",
      TimeoutStartSec: "infinity",
    },
    Install: multiUser,
  });
}

export const nfsUnit = unitFile("kpaas-nfs.service", {
  Unit: { Description: "NFS 4 server (nfs-ganesha)", Wants: "network-online.target", After: "network-online.target" },
  Service: {
    ExecStart: "/usr/bin/ganesha.nfsd -F -L STDOUT -N EVENT -f /etc/ganesha/ganesha.conf -p /run/ganesha/ganesha.pid",
    RuntimeDirectory: "ganesha",
    LimitNOFILE: "1048576",
    Restart: "always",
    RestartSec: "1",
  },
  Install: multiUser,
});

const kubeletService = unitFile("kubelet.service", {
  Unit: {
    Description: "Kubernetes node agent",
    Wants: "network-online.target",
    After: "network-online.target containerd.service",
    StartLimitIntervalSec: "0",
  },
  Service: {
    EnvironmentFile: "-/var/lib/kubelet/kubeadm-flags.env",
    ExecStart: [
      "kubelet",
      "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
      "--kubeconfig=/etc/kubernetes/kubelet.conf",
      "--config=/var/lib/kubelet/config.yaml",
      "--config-dir=/etc/kubernetes/kubelet.conf.d",
      "$KUBELET_KUBEADM_ARGS",
    ].join(" "),
    Restart: "always",
    RestartSec: "1",
  },
  Install: multiUser,
});

/** CIS 4.1.1: nobody but root reads how the kubelet is started. */
export const kubeletUnit: BootFile = { ...kubeletService, permissions: "0600" };

export const nodeGuardUnit = unitFile("kpaas-node-guard.service", {
  Unit: { Description: "What pods may reach of machines", Before: "containerd.service kubelet.service" },
  Service: { Type: "oneshot", RemainAfterExit: "yes", ExecStart: "/usr/sbin/nft -f /var/lib/kpaas/node-guard.nft" },
  Install: multiUser,
});

/** Does its work when the machine stops: after the kubelet, which would start pods again, before containerd and the network. */
export const endPodsUnit = unitFile("kpaas-end-pods.service", {
  Unit: {
    Description: "Ends pods when the machine stops",
    After: "network.target containerd.service",
    Before: "kubelet.service",
  },
  Service: {
    Type: "oneshot",
    RemainAfterExit: "yes",
    ExecStop: "/usr/local/lib/kpaas/end-pods",
    TimeoutStopSec: "60",
  },
  Install: multiUser,
});

/** Runs where every resolver of the machine is on its loopback, as Docker's and a caching one's are. */
export const nameForwarderUnit = unitFile("kpaas-name-forwarder.service", {
  Unit: {
    Description: "The machine's resolvers, for pods",
    Wants: "network-online.target",
    After: "network-online.target",
    StartLimitIntervalSec: "0",
  },
  Service: {
    EnvironmentFile: "/etc/kpaas/name-forwarder.env",
    ExecStart: "/usr/bin/python3 -I /usr/local/lib/kpaas/name-forwarder $ADDRESS",
    User: "nobody",
    AmbientCapabilities: "CAP_NET_BIND_SERVICE",
    Restart: "always",
    RestartSec: "1",
  },
  Install: multiUser,
});

/**
 * Runs whenever flannel writes a lease and whenever the kubelet starts, which is when a node can get another range; by the clock
 * besides, for what neither tells. Only a run that left everything as it should be counts.
 */
export const podNetworkUnits = [
  unitFile("kpaas-pod-network.path", {
    Unit: { Description: "Subnet leased to this node by flannel", Wants: "kpaas-pod-network.timer" },
    Path: { PathChanged: "/run/flannel/subnet.env" },
    Install: { ...multiUser, Also: "kpaas-pod-network.service" },
  }),
  unitFile("kpaas-pod-network.timer", {
    Unit: { Description: "Pod addresses of this node's range" },
    Timer: { OnCalendar: "minutely", RandomizedDelaySec: "30s" },
  }),
  unitFile("kpaas-pod-network.service", {
    Unit: {
      Description: "Pod addresses of this node's range",
      After: "kubelet.service",
      ConditionPathExists: "/run/flannel/subnet.env",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      ExecStart: "/usr/local/lib/kpaas/pod-network",
      Restart: "on-failure",
      RestartSec: "2",
    },
    Install: { WantedBy: "kubelet.service" },
  }),
];

export const certificateRenewalUnits = [
  unitFile("kpaas-certificate-renewal.timer", {
    Unit: { Description: "Renewal of the control plane's certificates" },
    Timer: { OnCalendar: "monthly", RandomizedDelaySec: "1d", Persistent: "true" },
    Install: { WantedBy: "timers.target" },
  }),
  unitFile("kpaas-certificate-renewal.service", {
    Unit: { Description: "Renewal of the control plane's certificates" },
    Service: { Type: "oneshot", ExecStart: "/usr/local/lib/kpaas/renew-certificates" },
  }),
];
