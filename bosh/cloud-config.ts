import { Address4 } from "ip-address";
import { instanceGroups } from "../config/application-platform/instance-groups.ts";
import { firewallGroupName } from "../config/application-platform/names.ts";
import { type ApplicationSubnet, applicationSubnets, workingType } from "../config/application-platform/plan.ts";
import { rootDiskGiB, sizeOf, type VmTypeName, vmTypes } from "../config/application-platform/vm-types.ts";
import type { BoshEnvironment, CloudProperties, Cpi } from "../config/infrastructure/cpi.ts";
import { machineTypeOf } from "../config/machine-types.ts";
import { cpiOf } from "./cpi.ts";
import { azName, mebibytes } from "./cpi-helpers.ts";
import {
  ephemeralDiskExtension,
  firewallExtension,
  groupsInManifest,
  loadBalancedGroups,
  persistentDiskType,
} from "./groups.ts";

/** A name with what the CPI is told of it. */
interface Named {
  name: string;
  cloud_properties?: CloudProperties;
}

/** BOSH's cloud-config: https://bosh.io/docs/cloud-config/ */
export interface CloudConfig {
  azs: Named[];
  vm_types: Named[];
  vm_extensions: Named[];
  /** `disk_size` in MiB. */
  disk_types: (Named & { disk_size: number })[];
  networks: { name: string; type: "manual" | "vip"; subnets?: Subnet[] }[];
  compilation: { workers: number; reuse_compilation_vms: boolean; az: string; vm_type: string; network: string };
}

interface Subnet {
  azs: string[];
  range: string;
  gateway: string;
  reserved: string[];
  static: string[];
  dns: string[] | string;
  cloud_properties: CloudProperties;
}

/** The network that upstream's manifest puts every VM into, and that of addresses from outside. */
export const networkNames = { vms: "default", public: "vip" } as const;

/** Workers of upstream's cloud-configs; config/application-platform/plan.ts leaves room for them. */
const compilationWorkers = 5;

/**
 * Makes what `bosh update-cloud-config` gets; ids of what the infrastructure made are variables. Throws UserError where
 * there is no CPI.
 */
export function cloudConfig(environment: BoshEnvironment): CloudConfig {
  const cpi = cpiOf(environment);
  const { network, infrastructure, applicationPlatform } = environment;
  const groups = groupsInManifest(environment);
  const compiler = workingType(environment.applicationPlatform);
  const types = [...new Set([...groups.map(({ vmType }) => vmType), compiler])];
  const disks = (gibibytes: number) => ({ rootGiB: rootDiskGiB, ephemeralGiB: gibibytes });
  const subnets = applicationSubnets(applicationPlatform, network.zones);
  return {
    azs: subnets.map(({ zone }) => {
      const properties = cpi.az(infrastructure.availabilityZones?.[zone]);
      return { name: azName(zone), ...(Object.keys(properties).length ? { cloud_properties: properties } : {}) };
    }),
    vm_types: types.map((name) => ({ name, cloud_properties: vmType(environment, cpi, name) })),
    vm_extensions: [
      ...unique(groups.map(({ name }) => instanceGroups[name].ephemeralDiskGiB)).map((gibibytes) => ({
        name: ephemeralDiskExtension(gibibytes),
        cloud_properties: cpi.disks(disks(gibibytes)),
      })),
      ...loadBalancedGroups(environment).map(([group, name]) => ({
        name,
        cloud_properties: cpi.loadBalancer?.(group) ?? {},
      })),
      ...groups.map(({ name }) => ({
        name: firewallExtension(name),
        cloud_properties: cpi.firewall([firewallGroupName(environment, "vms"), firewallGroupName(environment, name)]),
      })),
    ],
    disk_types: unique(groups.map(({ name }) => instanceGroups[name].persistentDiskGiB)).map((gibibytes) => ({
      name: persistentDiskType(gibibytes),
      disk_size: mebibytes(gibibytes),
      cloud_properties: cpi.persistentDisk,
    })),
    networks: [
      {
        name: networkNames.vms,
        type: "manual",
        subnets: subnets.map((subnet) => subnetOf(subnet, cpi, haproxyAddresses(environment))),
      },
      ...(needsPublicAddress(environment, cpi) ? [{ name: networkNames.public, type: "vip" as const }] : []),
    ],
    compilation: {
      workers: compilationWorkers,
      reuse_compilation_vms: true,
      az: azName(0),
      vm_type: compiler,
      network: networkNames.vms,
    },
  };
}

/** Gives the cloud properties of a VM type, with the disk of its own or a larger one. */
export function vmType({ infrastructure }: BoshEnvironment, cpi: Cpi, name: VmTypeName, ephemeralGiB = 0) {
  const machineType = infrastructure.machineTypes ? machineTypeOf(infrastructure, { name, size: sizeOf(name) }) : name;
  return cpi.vm(machineType, {
    rootGiB: rootDiskGiB,
    ephemeralGiB: Math.max(vmTypes[name].ephemeralDiskGiB, ephemeralGiB),
  });
}

/** Gives haproxy's addresses: where it is, the first of the first zone's that BOSH gives out; none otherwise. */
export function haproxyAddresses({ network, applicationPlatform }: BoshEnvironment): string[] {
  if (applicationPlatform.gateway !== "haproxy") return [];
  return applicationSubnets(applicationPlatform, network.zones)
    .slice(0, 1)
    .map(({ addresses }) => addresses.start);
}

/** Tells whether haproxy has an address of its own to the outside. */
export function needsPublicAddress({ applicationPlatform }: BoshEnvironment, cpi: Cpi): boolean {
  return applicationPlatform.gateway === "haproxy" && cpi.hasPublicAddresses;
}

function subnetOf({ zone, cidr, gateway, addresses }: ApplicationSubnet, cpi: Cpi, fixed: string[]): Subnet {
  const range = new Address4(cidr);
  const around = (address: string, by: bigint) =>
    Address4.fromBigInt(new Address4(address).bigInt() + by).correctForm();
  const [first, last] = [range.startAddressExclusive().correctForm(), range.endAddressExclusive().correctForm()];
  return {
    azs: [azName(zone)],
    range: cidr,
    gateway,
    reserved: [`${first}-${around(addresses.start, -1n)}`, `${around(addresses.end, 1n)}-${last}`],
    static: zone === 0 ? fixed : [],
    dns: cpi.dns,
    cloud_properties: cpi.subnet(zone),
  };
}

function unique(sizes: (number | undefined)[]): number[] {
  return [...new Set(sizes.filter((size) => size !== undefined))].sort((a, b) => a - b);
}
