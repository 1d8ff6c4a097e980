import { Address4 } from "ip-address";
import { zoneRanges } from "../addresses.ts";
import type { ApplicationPlatformSettings, Environment } from "../environment.ts";
import type { MachineSize } from "../machine-size.ts";
import { absentGroups } from "./complete.ts";
import type { GroupName } from "./group.ts";
import type { InstanceGroup } from "./instance-group.ts";
import { groupNames, instanceGroups, sizedGroupNames } from "./instance-groups.ts";
import { directorPorts, type GatewayPort, type GroupPeer, type GroupPort, portsOfEveryVm } from "./ports.ts";
import { sizeOf, type VmTypeName } from "./vm-types.ts";

/** One VM, which BOSH makes later. */
export interface VmPlan {
  /** Name with BOSH's number: `router/0`. */
  name: string;
  /** Counted from 0; spread round-robin over `network.zones`, as BOSH does. */
  zone: number;
}

/** A group of VMs, known before anything is created. */
export interface InstanceGroupPlan extends Pick<InstanceGroup, "purpose" | "source" | "layer" | "persistentDiskGiB"> {
  name: GroupName;
  vmType: VmTypeName;
  /** The disk is root and ephemeral disk together. */
  size: MachineSize;
  vms: VmPlan[];
}

/** Subnet of the application platform in a zone. */
export interface ApplicationSubnet {
  /** Counted from 0. */
  zone: number;
  cidr: string;
  /** The subnet's router, by the usual convention its first host address. */
  gateway: string;
  /** Addresses that the cloud may give out itself: to its DHCP servers and load balancers. */
  cloudAddresses: { cidr: string; start: string; end: string };
  /** First and last of the addresses that BOSH gives out. */
  addresses: { start: string; end: string };
  /** Number of these addresses. */
  room: number;
}

type Planned = Pick<Environment, "network" | "applicationPlatform">;

/** Plans every group in the order of the table; none where there is no application platform. Errands have no VM that stays. */
export function planInstanceGroups({ network, applicationPlatform }: Planned): InstanceGroupPlan[] {
  if (!applicationPlatform) return [];
  const absent = absentGroups(applicationPlatform);
  return sizedGroupNames.flatMap((name) => {
    const sized = applicationPlatform.groups[name];
    if (!sized || absent.has(name)) return [];
    const { purpose, source, layer, ephemeralDiskGiB, persistentDiskGiB } = instanceGroups[name];
    const vms = Array.from({ length: sized.count }, (_, index) => ({
      name: `${name}/${index}`,
      zone: index % network.zones,
    }));
    const size = sizeOf(sized.vmType, ephemeralDiskGiB);
    return [{ name, purpose, source, layer, vmType: sized.vmType, size, persistentDiskGiB, vms }];
  });
}

/**
 * Addresses at the start of a zone's range for what a cloud keeps for itself (up to six), the director, and what the
 * cloud gives out.
 */
const reservedAtStart = 16;

/** Offset of the addresses that the cloud gives out, as many as it is, so that they are a range; the director has one before. */
const cloudAddressesFrom = 8;
const cloudPrefix = 29;

/** Addresses at the end of a zone's range, of which clouds keep up to three. */
const reservedAtEnd = 3;

export function applicationSubnets({ cidr }: Pick<ApplicationPlatformSettings, "cidr">, zones: number) {
  return zoneRanges({ network: { cidr, zones } }).map((range, zone): ApplicationSubnet => {
    const address = new Address4(range);
    const [first, last] = [address.startAddress().bigInt(), address.endAddress().bigInt()];
    const [start, end] = [first + BigInt(reservedAtStart), last - BigInt(reservedAtEnd)];
    const text = (number: bigint) => Address4.fromBigInt(number).correctForm();
    const room = Math.max(Number(end - start) + 1, 0);
    const cloud = text(first + BigInt(cloudAddressesFrom));
    return {
      zone,
      cidr: range,
      gateway: text(first + 1n),
      cloudAddresses: { cidr: `${cloud}/${cloudPrefix}`, start: cloud, end: text(start - 1n) },
      addresses: { start: text(start), end: text(end) },
      room,
    };
  });
}

/** VMs that come and go in the first zone: upstream's cloud-configs compile on five, and each errand has one. */
export const transientVms = 5 + groupNames.filter((name) => instanceGroups[name].isErrand).length;

/** Gives the type of VMs that compile, and of the director's: as large as those of the API. */
export function workingType({ groups, size }: ApplicationPlatformSettings): VmTypeName {
  return groups.api?.vmType ?? instanceGroups.api.vmType[size];
}

/** Disks of the director: for what it compiles and downloads, beside the root disk, and what upstream's bosh.yml keeps for it. */
export const directorDisks = { ephemeralGiB: 25, persistentGiB: 64 } as const;

/** An open port of a group, of BOSH's director, or of the gateway before them all. */
export interface GroupPortRule extends GroupPort {
  group: GroupName | "gateway" | "director";
}

/** Gives every open port of the application platform; what is not here is closed. */
export function groupPortRules(environment: Planned): GroupPortRule[] {
  const present = presentGroups(environment);
  if (present.length === 0) return [];
  return [
    ...ownPortRules(environment),
    ...[...present, "director" as const].flatMap((group) => portsOfEveryVm.map((port) => ({ group, ...port }))),
  ];
}

/** Gives the same without the ports that every VM has open. */
export function ownPortRules(environment: Planned): GroupPortRule[] {
  const present = presentGroups(environment);
  if (present.length === 0) return [];
  const others = ["vms", "gateway", "clients", "admin", "director", "jumphost"] as const;
  const errands = groupNames.filter((name) => instanceGroups[name].isErrand);
  const peers = new Set<GroupPeer>([...others, ...present, ...errands]);
  const gatewayPorts = present.flatMap((name) => instanceGroups[name].gatewayPorts ?? []);
  const rules: GroupPortRule[] = [
    ...gatewayPorts.map(({ vmPort: _, ...port }) => ({ group: "gateway" as const, protocol: "tcp" as const, ...port })),
    ...present.flatMap((group) => {
      const { gatewayPorts = [], ports } = instanceGroups[group];
      return [...behindGateway(gatewayPorts), ...ports].map((port) => ({ group, ...port }));
    }),
    ...directorPorts.map((port) => ({ group: "director" as const, ...port })),
  ];
  return rules
    .map((rule) => ({ ...rule, from: rule.from.filter((peer) => peers.has(peer)) }))
    .filter(({ from }) => from.length > 0);
}

const presentGroups = (environment: Planned): GroupName[] => planInstanceGroups(environment).map(({ name }) => name);

/** Gives the ranges that a peer's connections come from; undefined for groups, the gateway, director and jump host. */
export function rangesOf({ network, applicationPlatform }: Planned, peer: GroupPeer): string[] | undefined {
  if (peer === "admin") return network.adminCidrs;
  if (peer === "clients") return applicationPlatform?.clientCidrs;
  return peer === "vms" && applicationPlatform ? [applicationPlatform.cidr] : undefined;
}

/** Gives the VMs' ports that the gateway leads to, each once: two of the gateway's may lead to one. */
function behindGateway(ports: readonly GatewayPort[]): GroupPort[] {
  const byPort = new Map<number, GroupPort>();
  for (const { vmPort, fromPort, toPort, purpose } of ports) {
    const known = byPort.get(vmPort);
    byPort.set(vmPort, {
      protocol: "tcp",
      fromPort: vmPort,
      toPort: vmPort + toPort - fromPort,
      from: ["gateway"],
      purpose: known ? `${known.purpose}; ${purpose}` : purpose,
    });
  }
  return [...byPort.values()];
}
