import { fixedAddress } from "./addresses.ts";
import type { Environment, MachineSize } from "./environment.ts";

export type Role = "bastion" | "jumphost" | "haproxy" | "master" | "worker" | "registry" | "database" | "storage";

export const roles: readonly Role[] = [
  "bastion",
  "jumphost",
  "haproxy",
  "master",
  "worker",
  "registry",
  "database",
  "storage",
];

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
  /** Of machines that keep state: they are replaced when it rises, and by nothing else in the environment. */
  generation?: number;
  /** Keeps its contents when the machine is replaced. */
  dataDisk?: { sizeGiB: number; mountPath: string };
}

/** Every machine of an environment, in a stable order: one worker more changes no other machine's plan. */
export function planMachines(environment: Environment): MachinePlan[] {
  const { bastion, containerPlatform, applicationPlatform } = environment;
  const { haproxy, masters, registry, database, storage, workerPools } = containerPlatform;
  const single = (role: FixedRole, { size, dataDiskGiB, generation }: Server, mountPath: string) =>
    fixedMachine(environment, { role, size, generation, dataDisk: { sizeGiB: dataDiskGiB, mountPath } });
  return [
    ...(bastion ? [fixedMachine(environment, { role: "bastion", size: bastion.size })] : []),
    ...(haproxy
      ? numbered(haproxy.count, (n) => fixedMachine(environment, { role: "haproxy", size: haproxy.size }, n))
      : []),
    ...numbered(masters.count, (n) => fixedMachine(environment, { role: "master", ...sized(masters) }, n)),
    single("registry", registry, "/var/lib/docker-registry"),
    single("database", database, "/var/lib/mysql"),
    single("storage", storage, "/srv/kpaas"),
    ...(applicationPlatform ? [single("jumphost", applicationPlatform.jumpHost, "/srv/bosh")] : []),
    ...workerPools.flatMap(({ name: pool, count, size }) =>
      numbered(count, (n) => ({ ...common(environment, `${pool}-${n}`, n), role: "worker" as const, pool, size })),
    ),
  ];
}

type FixedRole = Exclude<Role, "worker">;

interface Server {
  size: MachineSize;
  dataDiskGiB: number;
  generation: number;
}

type FixedMachine = Pick<MachinePlan, "size" | "generation" | "dataDisk"> & { role: FixedRole };

const sized = ({ size, generation }: Omit<Server, "dataDiskGiB">) => ({ size, generation });

/** The nth machine of its role; one that is alone is called by the role's name. */
function fixedMachine(environment: Environment, facts: FixedMachine, nth?: number): MachinePlan {
  const { role } = facts;
  const machine = common(environment, nth ? `${role}-${nth}` : role, nth ?? 1);
  const index = Math.floor((machine.ordinal - 1) / environment.network.zones) + reservedAddresses(environment, role);
  return { ...machine, ...facts, privateIp: fixedAddress(environment, role, machine.zone, index) };
}

/** Whether two HAProxy machines share the gateway's address. */
export function isPair({ haproxy }: Environment["containerPlatform"]): boolean {
  return haproxy?.count === 2;
}

/** Of a pair's block, the first address is the one they share: the gateway's is the same for one HAProxy and for two. */
function reservedAddresses({ containerPlatform }: Environment, role: FixedRole): number {
  return role === "haproxy" && isPair(containerPlatform) ? 1 : 0;
}

function common({ name: environment, network }: Environment, name: string, ordinal: number) {
  return { name, hostname: `${environment}-${name}`, ordinal, zone: (ordinal - 1) % network.zones };
}

function numbered<T>(count: number, make: (ordinal: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
