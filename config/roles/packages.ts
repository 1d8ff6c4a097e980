/** Debian packages of every machine. */
export const commonPackages = ["ca-certificates", "curl", "iproute2", "openssl"];

/** Debian packages of a node of the cluster. */
export const nodePackages = [
  ...commonPackages,
  "conntrack",
  "containerd",
  "containernetworking-plugins",
  "ethtool",
  "iptables",
  "kmod",
  "nftables",
  "procps",
  "socat",
];
