import type { Environment } from "./environment.ts";
import type { MachineSize } from "./machine-size.ts";
import { isSupportRole, type Role, roleFacts, roles, type SupportRole } from "./roles/index.ts";
import type { SupportMachine } from "./roles/role.ts";

/** Machines that one part of the environment file asks for. */
export interface MachineSet {
  role: Role;
  /** Path of its settings in the environment file. */
  path: readonly PropertyKey[];
  /** Machines are numbered from 1; absent for a role with one machine, which has the role's name. */
  count?: number;
  /** Worker pool, whose name the machines have. */
  pool?: string;
  size: MachineSize;
  generation: number;
  dataDiskGiB?: number;
}

type SetsOf = (environment: Environment) => Omit<MachineSet, "role">[];

const otherSets: Record<Exclude<Role, SupportRole>, SetsOf> = {
  bastion: ({ bastion }) => (bastion ? [{ path: ["bastion"], ...bastion }] : []),
  jumphost: ({ applicationPlatform }) =>
    applicationPlatform ? [{ path: ["applicationPlatform", "jumpHost"], ...applicationPlatform.jumpHost }] : [],
  haproxy: ({ containerPlatform: { haproxy } }) =>
    haproxy ? [{ path: ["containerPlatform", "haproxy"], ...haproxy }] : [],
  master: ({ containerPlatform: { masters } }) => [{ path: ["containerPlatform", "masters"], ...masters }],
  worker: ({ containerPlatform: { workerPools } }) =>
    workerPools.map(({ name, count, size, generation }, index) => ({
      path: ["containerPlatform", "workerPools", index],
      count,
      pool: name,
      size,
      generation,
    })),
};

function supportSet({ containerPlatform }: Environment, role: SupportRole): Omit<MachineSet, "role"> {
  const { size, generation, dataDiskGiB }: SupportMachine = containerPlatform[role];
  return { path: ["containerPlatform", role], size, generation, dataDiskGiB };
}

/** Gives the sets of a role; none for one that the environment does without. */
export function machineSetsOf(environment: Environment, role: Role): MachineSet[] {
  const sets = isSupportRole(role) ? [supportSet(environment, role)] : otherSets[role](environment);
  return sets.map((set) => ({ role, ...set }));
}

/** Gives every set, those that may come later last: an application platform's machines, then worker pools. */
export function machineSets(environment: Environment): MachineSet[] {
  const rank = (role: Role) => (role === "worker" ? 2 : Number(roleFacts[role].platform === "application"));
  const ordered = [...roles].sort((a, b) => rank(a) - rank(b));
  return ordered.flatMap((role) => machineSetsOf(environment, role));
}
