import type { GroupName, Layer, PlatformSize } from "../config/application-platform/group.ts";
import {
  applicationSubnets,
  directorDisks,
  type GroupPortRule,
  groupPortRules,
  type InstanceGroupPlan,
  planInstanceGroups,
  rangesOf,
  transientVms,
  workingType,
} from "../config/application-platform/plan.ts";
import { sizeOf } from "../config/application-platform/vm-types.ts";
import type { ApplicationPlatformSettings, Environment } from "../config/environment.ts";
import { machineTypeFor, zoneName } from "./cloud-names.ts";
import type { BilledMachine } from "./cost.ts";
import { type CountedGroup, type Totals, totalsOf } from "./machines.ts";

/** Cloud Foundry on VMs as the plan tells of it. */
export interface ApplicationPlan {
  size: PlatformSize;
  systemDomain: string;
  cidr: string;
  gateway: ApplicationPlatformSettings["gateway"];
  database: "internal" | "external";
  blobstore: "internal" | "external";
  /** Totals of the groups: the director and transient VMs are beside them. */
  totals: Omit<Totals, "workers">;
  /** BOSH's own VM. */
  director: BilledMachine;
  /** VMs that compile and run errands, at most at once: no plan can tell for how long. */
  passing: BilledMachine[];
  zones: ApplicationZone[];
  groups: PlannedInstanceGroup[];
  /** Open ports; what is not among them is closed. */
  ports: OpenGroupPort[];
}

export interface ApplicationZone {
  /** Counted from 1. */
  zone: number;
  /** The cloud's own name. */
  name?: string;
  cidr: string;
  /** First and last address that BOSH gives to VMs: it chooses. */
  addressRange: string;
}

/** The data disk is BOSH's persistent disk; the boot disk is root and ephemeral disk together. */
export interface PlannedInstanceGroup extends CountedGroup {
  name: GroupName;
  purpose: string;
  /** File of upstream's cf-deployment that has it. */
  source: string;
  layer: Layer;
  vmType: string;
  /** True where it keeps something that is not elsewhere. */
  stateful: boolean;
  vms: PlannedVm[];
}

export interface PlannedVm {
  /** `router/0` */
  name: string;
  /** Counted from 1. */
  zone: number;
  zoneName?: string;
  addressRange: string;
}

/** A way into a group's VMs, into BOSH's director, or into the gateway: haproxy's VMs or the cloud's load balancer. */
export interface OpenGroupPort {
  group: GroupPortRule["group"];
  protocol: "tcp" | "udp" | "icmp";
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  /** Groups whose VMs may open connections; the gateway, the director and the jump host are called so. */
  fromGroups: string[];
  /** Ranges that may, too. */
  fromCidrs: string[];
  purpose: string;
}

/** Plans the application platform; undefined where the environment has none. */
export function applicationPlan(environment: Environment): ApplicationPlan | undefined {
  const { applicationPlatform, network } = environment;
  if (!applicationPlatform) return undefined;
  const { size, systemDomain, cidr, gateway, database, blobstore } = applicationPlatform;
  const zones = applicationSubnets(applicationPlatform, network.zones).map(({ zone, cidr, addresses }) => ({
    zone: zone + 1,
    name: zoneName(environment, zone),
    cidr,
    addressRange: `${addresses.start}-${addresses.end}`,
  }));
  const groups = planInstanceGroups(environment).map((group) => plannedGroup(environment, group, zones));
  const { workers: _, ...totals } = totalsOf(groups);
  return {
    size,
    systemDomain,
    cidr,
    gateway,
    database: database.kind,
    blobstore: blobstore.kind,
    totals,
    ...boshVms(environment, applicationPlatform),
    zones,
    groups,
    ports: groupPortRules(environment).map((rule) => openGroupPort(environment, rule)),
  };
}

function plannedGroup(
  environment: Environment,
  { vms, persistentDiskGiB, ...group }: InstanceGroupPlan,
  zones: readonly ApplicationZone[],
): PlannedInstanceGroup {
  return {
    ...group,
    count: vms.length,
    machineType: machineTypeFor(environment, group.size),
    dataDiskGiB: persistentDiskGiB,
    stateful: persistentDiskGiB !== undefined,
    perZone: zones.map(({ zone }) => vms.filter((vm) => vm.zone + 1 === zone).length),
    vms: vms.map(({ name, zone }) => ({
      name,
      zone: zone + 1,
      zoneName: zones[zone]?.name,
      addressRange: zones[zone]?.addressRange ?? "",
    })),
  };
}

function openGroupPort(environment: Environment, { from, ...rule }: GroupPortRule): OpenGroupPort {
  return {
    ...rule,
    fromGroups: from.filter((peer) => !rangesOf(environment, peer)),
    fromCidrs: [...new Set(from.flatMap((peer) => rangesOf(environment, peer) ?? []))],
  };
}

function boshVms(environment: Environment, settings: ApplicationPlatformSettings) {
  const type = workingType(settings);
  const working = (ephemeralGiB?: number): BilledMachine => {
    const size = sizeOf(type, ephemeralGiB);
    return { machineType: machineTypeFor(environment, size), size };
  };
  return {
    director: { ...working(directorDisks.ephemeralGiB), dataDisk: { sizeGiB: directorDisks.persistentGiB } },
    passing: Array.from({ length: transientVms }, () => working()),
  };
}

/** Gives its groups and BOSH's director, to be counted. */
export function countedOf({ groups, director, zones }: ApplicationPlan): CountedGroup[] {
  const perZone = zones.map(({ zone }) => (zone === 1 ? 1 : 0));
  return [...groups, { ...director, name: "director", count: 1, dataDiskGiB: director.dataDisk?.sizeGiB, perZone }];
}

/** Gives what is billed of its VMs, one each, and of the director. */
export function vmsOf(plan: ApplicationPlan | undefined): BilledMachine[] {
  if (!plan) return [];
  const vms = plan.groups.flatMap(({ count, machineType, size, dataDiskGiB }) =>
    Array.from({ length: count }, () => ({
      machineType,
      size,
      ...(dataDiskGiB === undefined ? {} : { dataDisk: { sizeGiB: dataDiskGiB } }),
    })),
  );
  return [...vms, plan.director];
}
