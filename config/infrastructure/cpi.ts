import type { GroupName } from "../application-platform/group.ts";
import type { Operation } from "../application-platform/ops-file.ts";
import type { Environment } from "../environment.ts";

/** An environment that has an application platform. */
export type BoshEnvironment = Environment & Required<Pick<Environment, "applicationPlatform">>;

/** Properties that a CPI is told of an object that it makes; each CPI has its own. */
export type CloudProperties = Record<string, unknown>;

/** Sizes of a VM's disks, both lost with the VM. */
export interface VmDisks {
  rootGiB: number;
  /** Disk of `/var/vcap/data`. */
  ephemeralGiB: number;
}

/** Something that only the infrastructure knows once it is made; BOSH gets it as a variable of that name. */
export interface Fact {
  name: string;
  holds: string;
  /** Set where upstream's `cpi.yml` asks for it, beside what is generated. */
  isAskedUpstream?: true;
}

/** The way in which BOSH reaches one kind of infrastructure, in the words of its CPI's documentation. */
export interface Cpi {
  /** Name of its folder of bosh-deployment. */
  name: string;
  /** Its ops files of bosh-deployment after `cpi.yml`: how the director proves who it is, and disks. */
  opsFiles: string[];
  /** Its ops files of cf-deployment's `operations`, without `.yml`. @default none */
  cfOpsFiles?: string[];
  /** Name servers of the VMs' subnets, or the variable that holds them. */
  dns: string[] | string;
  /** True where a VM can be given an address from outside. */
  hasPublicAddresses: boolean;
  facts: Fact[];
  /** Variables that hold the CPI's credentials. None where the director's VM has an identity of the cloud. */
  credentials: string[];
  /** Variables of `cpi.yml` that the environment tells. */
  directorVariables: Record<string, unknown>;
  /** Properties of the director's VM beside those that every VM gets. */
  directorVm: CloudProperties;
  directorOperations: Operation[];
  /** Operations on Cloud Foundry's manifest that it needs there, after all that the environment asks for. */
  cfOperations?: Operation[];
  /** Gives a zone's properties. `zone` is the cloud's name of it; undefined where the cloud chooses. */
  az(zone: string | undefined): CloudProperties;
  /** Gives the properties of a zone's subnet; zones are counted from 0. */
  subnet(zone: number): CloudProperties;
  /** Gives the properties that make a VM part of firewall groups, all of them. */
  firewall(groups: string[]): CloudProperties;
  /** Gives a VM type's properties. `machineType` is the VM type's own name where the infrastructure has no types of machines. */
  vm(machineType: string, disks: VmDisks): CloudProperties;
  /** Replaces the disks of a VM type, whole. */
  disks(disks: VmDisks): CloudProperties;
  /** Properties of disks that outlive their VM. */
  persistentDisk: CloudProperties;
  /** Attaches a group's VMs to the load balancer. Absent where none is built. */
  loadBalancer?(group: GroupName): CloudProperties;
}
