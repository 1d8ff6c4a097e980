import type { Environment } from "./environment.ts";
import { machineSetsOf } from "./machine-sets.ts";
import { isPair } from "./machines.ts";
import { servesPackages } from "./packages.ts";
import { nodeRoles as nodes, type Role, roleFacts, roles } from "./roles/index.ts";

/**
 * A source of connections: a role's machines, every machine of the platform, pods, or `network.adminCidrs`. The role
 * "haproxy" is the gateway's, also where a load balancer stands in for its machines. Other machines see a pod by its own machine's
 * address, so that only this one can tell the two apart: its guard does, by the rows with "pods". A row that lets in nobody else is
 * for the pods of the machine itself.
 */
export type Peer = Role | "machines" | "pods" | "admin";

export interface PortRule {
  role: Role;
  protocol: "tcp" | "udp" | "icmp" | "vrrp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  from: Peer[];
  purpose: string;
}

/** Ports at which the gateway answers for the parts behind it: their own. */
export const gatewayPorts = { api: 6443, registry: 5000, database: 3306 } as const;

/**
 * Port of the registry machine's own loopback at which images are put there. No rule opens it, and the gateway knows nothing of it: it is
 * reached over the installer's connection to that machine only.
 */
export const registryPushPort = 5001;

/** Port of the registry's machine at which it serves packages, where it does. */
export const packagePort = 8000;

/** A service whose connections the gateway forwards. Each has a name in the platform's domain. */
export type GatewayService = keyof typeof gatewayPorts;

export const gatewayServices = Object.keys(gatewayPorts) as readonly GatewayService[];

/** The role whose machines answer for a service. */
export const backendRoles: Readonly<Record<GatewayService, Role>> = {
  api: "master",
  registry: "registry",
  database: "database",
};

/**
 * Gives every open port of the platform; what is not here is closed. Least privilege: K-PaaS's own table opens 10251,
 * 10252 and 10255, which are long gone or unsafe, and misses VRRP and Typha.
 */
export function portRules(environment: Environment): PortRule[] {
  return [
    ...bastion(environment),
    ...gateway(environment),
    ...controlPlane,
    ...worker(environment),
    ...support,
    ...packages(environment),
    ...podNetwork(environment),
    ...names,
    ...reachability(environment),
  ];
}

function bastion(environment: Environment): PortRule[] {
  if (!environment.bastion) return [];
  return roles
    .filter((role) => machineSetsOf(environment, role).length > 0)
    .map((role) =>
      role === "bastion"
        ? tcp(role, 22, ["admin"], "SSH")
        : tcp(role, 22, ["bastion"], "SSH, through the bastion only"),
    );
}

function gateway({ containerPlatform }: Environment): PortRule[] {
  const rules: PortRule[] = [
    tcp("haproxy", gatewayPorts.api, ["admin", ...nodes, "pods"], "API server"),
    tcp("haproxy", gatewayPorts.registry, ["admin", ...nodes, "pods"], "private registry"),
    tcp(
      "haproxy",
      gatewayPorts.database,
      ["admin", "worker", "pods"],
      "metadata database; pods leave from their worker's address",
    ),
  ];
  if (isPair(containerPlatform))
    rules.push({ role: "haproxy", protocol: "vrrp", from: ["haproxy"], purpose: "virtual address" });
  return rules;
}

const controlPlane: PortRule[] = [
  tcp("master", 6443, ["haproxy", "master"], "API server"),
  tcp("master", 6443, ["worker", "pods"], "pods' way to the kubernetes service: translated on their worker"),
  {
    role: "master",
    protocol: "tcp",
    fromPort: 2379,
    toPort: 2380,
    from: ["master"],
    purpose: "etcd clients and peers",
  },
  tcp("master", 10250, nodes, "kubelet: logs, exec and metrics"),
];

function worker({ containerPlatform }: Environment): PortRule[] {
  const nodePorts = { role: "worker", protocol: "tcp", fromPort: 30000, toPort: 32767 } as const;
  return [
    tcp("worker", 10250, nodes, "kubelet: logs, exec; metrics collectors run on workers"),
    // A load balancer has the gateway's own ports and no others.
    ...(containerPlatform.haproxy ? [{ ...nodePorts, from: ["haproxy" as const], purpose: "NodePort services" }] : []),
  ];
}

const support: PortRule[] = [
  tcp("registry", 5000, ["haproxy"], "private registry"),
  tcp("database", 3306, ["haproxy"], "metadata database"),
  tcp("storage", 2049, ["worker"], "NFS 4"),
];

function packages(environment: Environment): PortRule[] {
  if (!servesPackages(environment)) return [];
  return [tcp("registry", packagePort, ["machines"], "machines' packages, signed")];
}

function podNetwork({ containerPlatform }: Environment): PortRule[] {
  const flannel = containerPlatform.podNetwork === "flannel";
  const vxlan = flannel ? 8472 : 4789;
  return nodes.flatMap((role) => [
    { role, protocol: "udp", fromPort: vxlan, toPort: vxlan, from: nodes, purpose: "pod network, VXLAN" } as PortRule,
    ...(flannel ? [] : [tcp(role, 5473, nodes, "Typha")]),
  ]);
}

/** A machine asks its resolvers for its pods where all of them are on its loopback. */
const names: PortRule[] = nodes.flatMap((role) =>
  (["udp", "tcp"] as const).map((protocol) => ({
    ...tcp(role, 53, ["pods"], "names from outside, for the machine's own pods"),
    protocol,
  })),
);

function reachability({ applicationPlatform }: Environment): PortRule[] {
  return roles
    .filter((role) => roleFacts[role].platform === "container" || applicationPlatform)
    .map((role) => ({ role, protocol: "icmp", from: ["machines"], purpose: "path MTU, diagnosis" }));
}

function tcp(role: Role, port: number, from: Peer[], purpose: string): PortRule {
  return { role, protocol: "tcp", fromPort: port, toPort: port, from, purpose };
}
