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

export declare function planMachines(environment: Environment): MachinePlan[];
