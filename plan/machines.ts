import { roleBlocks } from "../config/addresses.ts";
import type { Environment } from "../config/environment.ts";
import type { MachineSize } from "../config/machine-size.ts";
import { type MachinePlan, planMachines } from "../config/machines.ts";
import { type Role, roles } from "../config/roles/index.ts";
import { standIns } from "../config/surge.ts";
import { machineTypeFor, zoneName } from "./cloud-names.ts";

/** One machine as the plan tells of it. */
export interface PlannedMachine {
  name: string;
  hostname: string;
  role: Role;
  /** The pool of a worker. */
  pool?: string;
  /** Counted from 1. */
  zone: number;
  /** The cloud's own name of the zone. */
  zoneName?: string;
  privateIp?: string;
  /** Range of the address where the infrastructure chooses it. */
  addressRange?: string;
  size: MachineSize;
  /** The cloud's flavour. */
  machineType?: string;
  dataDisk?: { sizeGiB: number; mountPath: string };
  generation?: number;
}

/** Machines alike in all but name, zone and address. */
export interface CountedGroup {
  name: string;
  count: number;
  size: MachineSize;
  machineType?: string;
  dataDiskGiB?: number;
  /** Machines in each zone, the first zone first. */
  perZone: number[];
}

/** Machines of a role or of a worker pool: the group is called by that name. */
export interface MachineGroup extends CountedGroup {
  role: Role;
}

/** Totals of the whole environment. */
export interface Totals {
  machines: number;
  workers: number;
  vcpus: number;
  memoryGiB: number;
  /** Boot disks; of VMs that BOSH makes, root and ephemeral disks. */
  bootDiskGiB: number;
  dataDiskGiB: number;
}

export function plannedMachines(environment: Environment): PlannedMachine[] {
  const workerRanges = roleBlocks(environment, "worker");
  return planMachines(environment).map((machine) => plannedMachine(environment, machine, workerRanges));
}

/** Gives the machines that may come for a while to stand in for workers that change. */
export function plannedStandIns(environment: Environment): PlannedMachine[] {
  const workerRanges = roleBlocks(environment, "worker");
  return standIns(environment).map((machine) => plannedMachine(environment, machine, workerRanges));
}

function plannedMachine(environment: Environment, machine: MachinePlan, workerRanges: string[]): PlannedMachine {
  const { name, hostname, role, pool, zone, privateIp, size, dataDisk, generation } = machine;
  return {
    name,
    hostname,
    role,
    pool,
    zone: zone + 1,
    zoneName: zoneName(environment, zone),
    privateIp,
    addressRange: privateIp ? undefined : workerRanges[zone],
    size,
    machineType: machineTypeFor(environment, size),
    dataDisk,
    generation,
  };
}

export const groupNameOf = ({ role, pool }: Pick<PlannedMachine, "role" | "pool">): string => pool ?? role;

/** Groups machines in the order of the roles, and pools in the order of the file. */
export function machineGroups(machines: readonly PlannedMachine[], zones: number): MachineGroup[] {
  const groups = new Map<string, MachineGroup>();
  for (const machine of machines) {
    const name = groupNameOf(machine);
    const { role, size, machineType, dataDisk } = machine;
    const empty = { name, role, count: 0, size, machineType, dataDiskGiB: dataDisk?.sizeGiB };
    const group = groups.get(name) ?? { ...empty, perZone: new Array<number>(zones).fill(0) };
    group.count += 1;
    group.perZone[machine.zone - 1] = (group.perZone[machine.zone - 1] ?? 0) + 1;
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
}

export function totalsOf(groups: readonly (CountedGroup & { role?: Role })[]): Totals {
  const sum = (value: (group: CountedGroup & { role?: Role }) => number) =>
    groups.reduce((total, group) => total + group.count * value(group), 0);
  return {
    machines: sum(() => 1),
    workers: sum(({ role }) => (role === "worker" ? 1 : 0)),
    vcpus: sum(({ size }) => size.vcpus),
    memoryGiB: sum(({ size }) => size.memoryGiB),
    bootDiskGiB: sum(({ size }) => size.diskGiB),
    dataDiskGiB: sum(({ dataDiskGiB = 0 }) => dataDiskGiB),
  };
}
