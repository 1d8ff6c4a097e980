import { fixedAddress } from "./addresses.ts";
import type { Environment, MachineSize } from "./environment.ts";

export type Role = "haproxy" | "master" | "worker" | "registry" | "database" | "storage";

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
  /** Keeps its contents when the machine is replaced. */
  dataDisk?: { sizeGiB: number; mountPath: string };
}

/** Every machine of an environment, in a stable order: one worker more changes no other machine's plan. */
export function planMachines(environment: Environment): MachinePlan[] {
  const { haproxy, masters, registry, database, storage, workerPools } = environment.containerPlatform;
  const single = (role: FixedRole, size: MachineSize, sizeGiB: number, mountPath: string) =>
    fixedMachine(environment, role, role, 1, size, { sizeGiB, mountPath });
  return [
    ...numbered(haproxy.count, (n) => fixedMachine(environment, "haproxy", `haproxy-${n}`, n, haproxy.size)),
    ...numbered(masters.count, (n) => fixedMachine(environment, "master", `master-${n}`, n, masters.size)),
    single("registry", registry.size, registry.dataDiskGiB, "/var/lib/docker-registry"),
    single("database", database.size, database.dataDiskGiB, "/var/lib/mysql"),
    single("storage", storage.size, storage.dataDiskGiB, "/srv/kpaas"),
    ...workerPools.flatMap(({ name: pool, count, size }) =>
      numbered(count, (n) => ({ ...common(environment, `${pool}-${n}`, n), role: "worker" as const, pool, size })),
    ),
  ];
}

type FixedRole = Exclude<Role, "worker">;

function fixedMachine(
  environment: Environment,
  role: FixedRole,
  name: string,
  ordinal: number,
  size: MachineSize,
  dataDisk?: MachinePlan["dataDisk"],
): MachinePlan {
  const machine = common(environment, name, ordinal);
  const index = Math.floor((ordinal - 1) / environment.network.zones);
  return { ...machine, role, size, dataDisk, privateIp: fixedAddress(environment, role, machine.zone, index) };
}

function common({ name: environment, network }: Environment, name: string, ordinal: number) {
  return { name, hostname: `${environment}-${name}`, ordinal, zone: (ordinal - 1) % network.zones };
}

function numbered<T>(count: number, make: (ordinal: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
