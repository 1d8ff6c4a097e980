import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationFirewall } from "../config/application-platform/firewall.ts";
import type { ApplicationPlatformSettings } from "../config/environment.ts";
import type { MachinePlan } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import type { Connection } from "../provider/sdk.ts";
import type { FirewallRule } from "./firewall.ts";
import type { Pin } from "./pins.ts";

/** An infrastructure as the components need it. Each folder of `stacks/` gives one; no component knows which. */
export interface Infrastructure {
  readonly kind: string;
  /** Set where workers share a directory without a file server: its path on each worker. */
  readonly sharedVolumePath?: string;
  network(name: string, opts: pulumi.CustomResourceOptions): Network;
  /** Makes the firewall: a security group for each role, which may name one another. */
  firewall(name: string, args: FirewallArgs, opts: pulumi.CustomResourceOptions): SecurityGroups;
  /** Makes a disk that outlives the machine it is attached to. */
  disk(name: string, args: DiskArgs, opts: pulumi.CustomResourceOptions): Disk;
  machine(name: string, args: MachineArgs, opts: pulumi.CustomResourceOptions): Machine;
  /**
   * Makes an address that several machines take over from one another; present where `capabilitiesOf` says there is such a thing.
   */
  virtualAddress?(name: string, args: VirtualAddressArgs, opts: pulumi.CustomResourceOptions): VirtualAddress;
  /**
   * Makes the infrastructure's own load balancer in place of HAProxy machines; present where `capabilitiesOf` says there is one.
   */
  loadBalancer?(name: string, args: LoadBalancerArgs, opts: pulumi.CustomResourceOptions): LoadBalancer;
  /** Makes what BOSH needs to make the application platform's VMs; present where `capabilitiesOf` names a gateway for it. */
  applicationPlatform?(
    name: string,
    args: ApplicationInfrastructureArgs,
    opts: pulumi.CustomResourceOptions,
  ): ApplicationInfrastructure;
}

export interface Network {
  id: pulumi.Output<string>;
  /**
   * Gives the id of the subnet in which a machine is, known once machines in it reach the outside. Throws for a placement that is
   * not planned.
   */
  subnetId(placement: Pick<MachinePlan, "role" | "zone">): pulumi.Output<string>;
}

export interface FirewallArgs {
  network: Network;
  /**
   * Connections that each role with machines lets in, and that the gateway ("haproxy") lets in, machine or load balancer. For
   * sources that are the gateway, a load balancer's connections count: from its group, its subnet, or its clients, as the
   * infrastructure has it.
   */
  rules: ReadonlyMap<Role, FirewallRule[]>;
}

export interface SecurityGroup {
  id: pulumi.Output<string>;
}

export type SecurityGroups = ReadonlyMap<Role, SecurityGroup>;

export interface DiskArgs {
  /** The machine it is for. */
  plan: MachinePlan;
  sizeGiB: number;
  zone: number;
  /** Nothing else has its data: only `./kpaas destroy` may remove it. */
  isOnlyCopy: boolean;
}

export interface Disk {
  id: pulumi.Output<string>;
}

export interface MachineArgs {
  plan: MachinePlan;
  network: Network;
  securityGroup: SecurityGroup;
  /** cloud-init user-data, the same text on every infrastructure. It is known when it is the machine's turn to be made or changed. */
  userData: pulumi.Input<string>;
  /** Keeps what the machine is made from, such as its image, until its generation rises. */
  pin: Pin;
  dataDisk?: Disk;
  /** Mounted at `sharedVolumePath`. */
  sharedVolume?: Disk;
  /** Ports that operators reach from outside the platform's network; none for machines that stay private. */
  publicPorts?: number[];
  /** An address that the machine may take over, or its own where that is the very one. */
  virtualAddress?: VirtualAddress;
  /** The way in, where the infrastructure has one; the bastion itself has none. */
  bastion?: Machine;
  /** The machine to the cloud's access control: its instance profile, managed identity, service account or RAM role. */
  instanceIdentity?: pulumi.Output<string>;
  /**
   * Network of VMs that the machine makes by this host's container engine; on `local` only. It joins that network and gets the
   * container engine's socket, which makes it as mighty as root of this host.
   */
  vmNetworkId?: pulumi.Output<string>;
}

export interface VirtualAddressArgs {
  network: Network;
  /** The address itself, in the first zone's subnet. */
  address: string;
  securityGroup: SecurityGroup;
  publicPorts: number[];
  /** Name of the only machine that has it, under which releases before made it. */
  onlyMachine?: string;
}

export interface VirtualAddress {
  id: pulumi.Output<string>;
  address: string;
  /** `host:port` at which operators reach each of `publicPorts`. */
  publicEndpoints: pulumi.Output<Record<string, string>>;
}

export interface LoadBalancerArgs {
  network: Network;
  /** The address at which machines reach it, in the first zone's front tier. */
  address: string;
  /**
   * Groups that `firewall` made: that of the role "haproxy" is the load balancer's where the infrastructure gives one a group.
   */
  securityGroups: SecurityGroups;
  /** TCP ports, passed on unchanged to the same ports of their targets. */
  ports: readonly number[];
  /** Ranges that may reach it from outside; the machines may in any case. */
  adminCidrs: string[];
}

export interface LoadBalancer {
  /** `host:port` at which operators reach each of `ports`. */
  publicEndpoints: pulumi.Output<Record<string, string>>;
  /**
   * Spreads connections to a port over those of the machines that take connections there, as long as they do. Called once for
   * each of `ports`. A machine may be its own client. A machine that is made anew is back as soon as it is there: nothing that
   * brings it back may wait for another machine.
   */
  addTargets(name: string, port: number, machines: Target[]): Ways;
}

/** Ways that lead to machines. */
export interface Ways {
  /** All that must be there before anybody gets through. */
  all: pulumi.Resource[];
  /** Those that come and go with a machine, by its name; none where it is known by its address, whichever machine has that. */
  ofMachine: ReadonlyMap<string, pulumi.Resource[]>;
}

/** A machine that a load balancer passes connections on to. */
export type Target = Pick<Machine, "id" | "privateIp"> & { plan: MachinePlan };

export interface Machine {
  /** Changes when the machine is replaced. */
  id: pulumi.Output<string>;
  privateIp: pulumi.Output<string>;
  /** Connection by which the installer hands over secrets, reads the machine's boot log or opens a shell. */
  connection: pulumi.Output<Connection>;
  /** `host:port` at which operators reach each of `publicPorts`. */
  publicEndpoints: pulumi.Output<Record<string, string>>;
  /** Digests by references of images that the registry's machine came with; absent where it came with none. */
  imageDigests?: pulumi.Output<Record<string, string>>;
}

export interface ApplicationInfrastructureArgs {
  settings: ApplicationPlatformSettings;
  /** The container platform's: the VMs have subnets of their own, `settings.cidr` split over the zones, routed to it. */
  network: Network;
  /** A group for each, by the names of `firewallGroupName`. */
  firewall: ApplicationFirewall;
  /** Groups that `firewall` made, the jump host's among them. */
  securityGroups: SecurityGroups;
  /** The cloud's user that the director is, where its CPI knows no instance identity. Secret. */
  directorUser?: pulumi.Output<DirectorUser>;
}

export interface DirectorUser {
  username: string;
  password: string;
}

/** Networks, firewall, gateway and identities on which BOSH makes the application platform's VMs. */
export interface ApplicationInfrastructure extends Pick<MachineArgs, "instanceIdentity" | "vmNetworkId"> {
  /** Facts by the names that BOSH's CPI asks for. Known once all that they tell of is there. */
  facts: pulumi.Output<Record<string, string | string[]>>;
  /** The CPI's credentials by name; none where the jump host has an instance identity. Secret. */
  credentials: pulumi.Output<Record<string, string>>;
  /**
   * Address or host name of the gateway to the outside, to which the DNS names of the platform's domain lead. Absent where there
   * is none yet.
   */
  gatewayAddress?: pulumi.Output<string>;
}
