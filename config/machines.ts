import { fixedAddress } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { type MachineSet, machineSets } from "./machine-sets.ts";
import type { MachineSize } from "./machine-size.ts";
import { type Role, roleFacts } from "./roles/index.ts";

/** One machine of an environment, known before anything is created. */
export interface MachinePlan {
  /** Unique in the environment: `master-1`, `worker-1`, `registry`. */
  name: string;
  /** `<environment>-<name>`: host name, Kubernetes node name. */
  hostname: string;
  role: Role;
  /** Worker pool it belongs to; only workers have one. */
  pool?: string;
  /** Counted from 1 within role or pool. */
  ordinal: number;
  /** Counted from 0; spread round-robin over `network.zones`. */
  zone: number;
  /** Fixed for every role but workers, whose address the infrastructure chooses within the workers' range. */
  privateIp?: string;
  size: MachineSize;
  /** Number that, raised, replaces the machine by one of the present image. */
  generation: number;
  /** Keeps its contents when the machine is replaced. */
  dataDisk?: { sizeGiB: number; mountPath: string };
}

/** Plans every machine of an environment, in a stable order: one worker more changes no other machine's plan. */
export function planMachines(environment: Environment): MachinePlan[] {
  return machineSets(environment).flatMap((set) =>
    set.count === undefined
      ? [machineOf(environment, set)]
      : Array.from({ length: set.count }, (_, index) => machineOf(environment, set, index + 1)),
  );
}

/** Plans the nth machine of a set; one that is alone is called by the role's name. */
function machineOf(environment: Environment, set: MachineSet, nth?: number): MachinePlan {
  const { role, pool, size, generation } = set;
  const name = nth ? `${pool ?? role}-${nth}` : role;
  const ordinal = nth ?? 1;
  const zone = (ordinal - 1) % environment.network.zones;
  return {
    name,
    hostname: `${environment.name}-${name}`,
    ordinal,
    zone,
    role,
    ...(pool === undefined ? {} : { pool }),
    size,
    generation,
    ...dataDiskOf(set),
    ...(roleFacts[role].block ? { privateIp: addressOf(environment, role, ordinal, zone) } : {}),
  };
}

function dataDiskOf({ role, dataDiskGiB }: MachineSet): Pick<MachinePlan, "dataDisk"> {
  const { dataPath } = roleFacts[role];
  return dataPath && dataDiskGiB ? { dataDisk: { sizeGiB: dataDiskGiB, mountPath: dataPath } } : {};
}

function addressOf(environment: Environment, role: Role, ordinal: number, zone: number): string {
  const index = Math.floor((ordinal - 1) / environment.network.zones) + reservedAddresses(environment, role);
  return fixedAddress(environment, role, zone, index);
}

/** Tells whether two HAProxy machines share the gateway's address. */
export function isPair({ haproxy }: Environment["containerPlatform"]): boolean {
  return haproxy?.count === 2;
}

/**
 * Counts the addresses at the start of a role's block that no machine has: a pair shares the first, so that the
 * gateway's is the same for one HAProxy and for two.
 */
function reservedAddresses({ containerPlatform }: Environment, role: Role): number {
  return role === "haproxy" && isPair(containerPlatform) ? 1 : 0;
}
