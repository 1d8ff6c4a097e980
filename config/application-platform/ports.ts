import type { GroupName } from "./group.ts";

/**
 * A source of connections: VMs of a group, every VM of the application platform (`vms`), what stands before it
 * (`gateway`: a load balancer or the haproxy group), users of applications (`clients`), operators (`admin`:
 * `network.adminCidrs`), BOSH's director, the jump host that runs `bosh`.
 */
export type GroupPeer = GroupName | "vms" | "gateway" | "clients" | "admin" | "director" | "jumphost";

/** One way into a group's VMs; what is not among them is closed. */
export interface GroupPort {
  protocol: "tcp" | "udp" | "icmp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  from: GroupPeer[];
  purpose: string;
}

/** Ports of the gateway before the platform, and where they lead. */
export interface GatewayPort {
  fromPort: number;
  toPort: number;
  /** Port of the group's VMs that the first one leads to; the others follow it. */
  vmPort: number;
  from: GroupPeer[];
  purpose: string;
}

/**
 * Ports of applications' TCP routes: K-PaaS's range and the haproxy release's default. Upstream's manifest opens the
 * first ten of them.
 */
const tcpRoutes = { fromPort: 1024, toPort: 1123 } as const;

/** Ports of applications' containers on a cell: garden's default pool, which ends with the ports. */
export const containerPorts = { fromPort: 61001, toPort: 65534 } as const;

export function tcp(port: number, from: GroupPeer[], purpose: string): GroupPort {
  return { protocol: "tcp", fromPort: port, toPort: port, from, purpose };
}

/**
 * Ports of every VM of the platform. `bosh ssh` of the jump host goes by way of the director, as upstream's
 * jumpbox-user.yml has it.
 */
export const portsOfEveryVm: GroupPort[] = [
  tcp(22, ["director"], "SSH, through the director only"),
  tcp(8853, ["vms"], "health of BOSH DNS"),
  { protocol: "icmp", from: ["vms"], purpose: "path MTU, diagnosis" },
];

/**
 * Ports of BOSH's director. Those that VMs need are upstream's defaults (NATS, blobstore); those that `bosh` needs are
 * what upstream's guides of `create-env` open to it: https://bosh.io/docs/init-openstack/, https://bosh.io/docs/uaa/,
 * https://bosh.io/docs/credhub/.
 */
export const directorPorts: GroupPort[] = [
  tcp(22, ["jumphost"], "SSH, through the jump host only"),
  tcp(6868, ["jumphost"], "agent, while the director is made"),
  tcp(25555, ["jumphost"], "director"),
  tcp(8443, ["jumphost"], "logins to the director (UAA)"),
  tcp(8844, ["jumphost"], "credentials (CredHub)"),
  tcp(4222, ["vms"], "agents' messages (NATS)"),
  tcp(25250, ["vms"], "agents' files (blobstore)"),
];

const applications: GroupPeer[] = ["clients", "vms"];

export const httpGateway: GatewayPort[] = [
  { fromPort: 80, toPort: 80, vmPort: 80, from: applications, purpose: "HTTP" },
  { fromPort: 443, toPort: 443, vmPort: 443, from: applications, purpose: "HTTPS" },
  { fromPort: 4443, toPort: 4443, vmPort: 443, from: applications, purpose: "log streams" },
];

export const tcpGateway: GatewayPort[] = [{ ...tcpRoutes, vmPort: 1024, from: applications, purpose: "TCP routes" }];

export const sshGateway: GatewayPort[] = [
  { fromPort: 2222, toPort: 2222, vmPort: 2222, from: ["admin"], purpose: "SSH into applications" },
];
