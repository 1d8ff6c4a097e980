import { isForeignBackend, readStackState, type StateResource } from "./engine/state.ts";
import { openExisting } from "./engine/workspace.ts";
import { machineOf } from "./living-platform.ts";

/** Packages of one machine, as the state tells. */
interface MachinePackages {
  machine: string;
  /** The time for which it has its security updates; absent where it has those of its image. */
  asOf?: string;
  /** Time at which the machine was made, RFC 3339; absent where the state does not tell. */
  created?: string;
}

/** Reads what the state tells of every resource; nothing where there is none. */
export async function readResources(name: string): Promise<StateResource[]> {
  if (!isForeignBackend()) return readStackState(name)?.resources ?? [];
  const stack = await openExisting(name);
  return (await stack?.exportStack())?.deployment?.resources ?? [];
}

/** Lists the packages of all machines that have been through: by the resource that delivers a machine's files. */
export function packagesIn(resources: readonly StateResource[]): MachinePackages[] {
  return resources.flatMap((resource) => {
    const { type, inputs = {}, created, initErrors = [] } = resource;
    const delivers = type === "kpaas:index:MachineFiles" || (type === "kpaas:index:Node" && inputs.files !== undefined);
    const machine = delivers && initErrors.length === 0 ? machineOf(resource) : undefined;
    if (!machine) return [];
    const { asOf } = (inputs.packages ?? {}) as { asOf?: string };
    return [{ machine, ...(asOf ? { asOf } : {}), ...(created ? { created } : {}) }];
  });
}

/** Lists the machines that were there at a time and have not their security updates of it. */
export const notYetAsOf = (packages: readonly MachinePackages[], asOf: string): string[] =>
  packages
    .filter((one) => one.asOf !== asOf && Date.parse(one.created ?? asOf) <= Date.parse(asOf))
    .map(({ machine }) => machine);

/**
 * Gives the time for which a run asks: that of the last run, where it has left machines behind, so that the last ones have their turn,
 * too; else the present.
 */
export function asOfNext(packages: readonly MachinePackages[], now: Date): string {
  const last = packages
    .flatMap(({ asOf }) => asOf ?? [])
    .sort()
    .at(-1);
  return last !== undefined && notYetAsOf(packages, last).length > 0 ? last : now.toISOString();
}
