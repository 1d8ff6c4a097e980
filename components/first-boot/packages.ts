import type { Role } from "../../config/machines.ts";

const common = ["ca-certificates", "curl", "iproute2", "openssl"];
const node = [
  ...common,
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

/** Debian packages of each role; first boot installs those a machine lacks, a baked image has them all. */
export const rolePackages: Record<Role, string[]> = {
  bastion: common,
  haproxy: [...common, "haproxy"],
  master: node,
  worker: node,
  registry: [...common, "docker-registry", "apache2-utils"],
  database: [...common, "mariadb-server"],
  storage: [...common, "nfs-ganesha", "nfs-ganesha-vfs"],
};

/** What two HAProxy machines share their address by. */
export const pairPackages = ["keepalived"];

/** What a worker needs to mount volumes of the storage server. */
export const nfsClientPackages = ["nfs-common"];
