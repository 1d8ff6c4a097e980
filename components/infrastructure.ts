import type * as pulumi from "@pulumi/pulumi";
import type { MachinePlan, Role } from "../config/machines.ts";
import type { Connection } from "../provider/sdk.ts";
import type { FirewallRule } from "./firewall.ts";

/** What the components need of any infrastructure. Each folder of `stacks/` gives one; no component knows which. */
export interface Infrastructure {
  readonly kind: string;
  /** Set where workers share a directory without a file server: its path on each worker. */
  readonly sharedVolumePath?: string;
  network(name: string, args: NetworkArgs, opts: pulumi.CustomResourceOptions): Network;
  /** The firewall of one role's machines. */
  securityGroup(name: string, args: SecurityGroupArgs, opts: pulumi.CustomResourceOptions): SecurityGroup;
  /** A disk that outlives the machine it is attached to. */
  disk(name: string, args: DiskArgs, opts: pulumi.CustomResourceOptions): Disk;
  machine(name: string, args: MachineArgs, opts: pulumi.CustomResourceOptions): Machine;
}

export interface NetworkArgs {
  cidr: string;
  /** One for each zone, disjoint, inside `cidr`. */
  subnetCidrs: string[];
}

export interface Network {
  id: pulumi.Output<string>;
}

export interface SecurityGroupArgs {
  network: Network;
  role: Role;
  rules: FirewallRule[];
}

export interface SecurityGroup {
  id: pulumi.Output<string>;
}

export interface DiskArgs {
  /** The machine it is for. */
  plan: MachinePlan;
  sizeGiB: number;
  zone: number;
}

export interface Disk {
  id: pulumi.Output<string>;
}

export interface MachineArgs {
  plan: MachinePlan;
  network: Network;
  securityGroup: SecurityGroup;
  /** cloud-init user-data, the same text on every infrastructure. */
  userData: pulumi.Input<string>;
  dataDisk?: Disk;
  /** Mounted at `sharedVolumePath`. */
  sharedVolume?: Disk;
  /** Ports that operators reach from outside the platform's network; none for machines that stay private. */
  publicPorts?: number[];
}

export interface Machine {
  /** Changes when the machine is replaced. */
  id: pulumi.Output<string>;
  privateIp: pulumi.Output<string>;
  /** How the installer reaches the machine to hand over secrets, read its boot log or open a shell. */
  connection: pulumi.Output<Connection>;
  /** `host:port` at which operators reach each of `publicPorts`. */
  publicEndpoints: pulumi.Output<Record<string, string>>;
}
