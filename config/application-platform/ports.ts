import type { GroupName } from "./group.ts";

/**
 * Who may open a connection: VMs of a group, every VM of the application platform (`vms`), what stands before it (`gateway`: a load
 * balancer or the haproxy group), users of applications (`clients`), operators (`admin`: `network.adminCidrs`), the bastion.
 */
export type GroupPeer = GroupName | "vms" | "gateway" | "clients" | "admin" | "bastion";

/** One way into a group's VMs; what is not among them is closed. */
export interface GroupPort {
  protocol: "tcp" | "udp" | "icmp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  from: GroupPeer[];
  purpose: string;
}

/** Ports of what stands before the platform, and where they lead. */
export interface GatewayPort {
  fromPort: number;
  toPort: number;
  /** Port of the group's VMs that the first one leads to; the others follow it. */
  vmPort: number;
  from: GroupPeer[];
  purpose: string;
}

/** Of applications' TCP routes: K-PaaS's range and the haproxy release's default. Upstream's manifest opens the first ten of them. */
const tcpRoutes = { fromPort: 1024, toPort: 1123 } as const;

/** Of applications' containers on a cell: garden's default pool, which ends with the ports. */
export const containerPorts = { fromPort: 61001, toPort: 65534 } as const;

export function tcp(port: number, from: GroupPeer[], purpose: string): GroupPort {
  return { protocol: "tcp", fromPort: port, toPort: port, from, purpose };
}

/** Every VM of the platform. */
export const portsOfEveryVm: GroupPort[] = [
  tcp(22, ["bastion"], "SSH, through the bastion only"),
  tcp(8853, ["vms"], "health of BOSH DNS"),
  { protocol: "icmp", from: ["vms"], purpose: "path MTU, diagnosis" },
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
