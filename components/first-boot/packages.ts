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
  // What `bosh create-env` compiles CPIs with: https://bosh.io/docs/cli-v2-install/#additional-dependencies
  jumphost: [
    ...common,
    "build-essential",
    "libreadline-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "libxml2-dev",
    "libxslt1-dev",
    "libyaml-dev",
    "ruby",
    "ruby-dev",
    "sqlite3",
    "zlib1g-dev",
  ],
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
