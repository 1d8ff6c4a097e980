import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../config/environment.ts";
import { capabilitiesOf } from "../../config/infrastructure/catalog.ts";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import { standIns } from "../../config/surge.ts";
import { UserError } from "../../lib/errors.ts";
import { nearest } from "../../lib/suggest.ts";
import type { Connection } from "../../provider/sdk.ts";
import { environmentFolder } from "../engine/state.ts";
import { type LoadedEnvironment, loadEnvironment } from "../environments.ts";
import { type PlatformOutputs, readOutputs } from "./outputs.ts";

/**
 * Loads an environment as it was last brought up, even if its file was changed or removed since; as its file says where it never
 * was. Throws UserError.
 */
export function loadDeployed(name: string, file?: string): Promise<LoadedEnvironment> {
  const copy = join(environmentFolder(name), `Pulumi.${name}.yaml`);
  return loadEnvironment(name, existsSync(copy) ? copy : file);
}

/**
 * Finds a machine by its name in the plan or by its host name: also one that stands in for others, which is there while they
 * change, and until the next `up` where that one was killed. Throws UserError.
 */
export function findMachine(environment: Environment, given: string): MachinePlan {
  const machines = planMachines(environment);
  const machine = [...machines, ...standIns(environment)].find(
    ({ name, hostname }) => name === given || hostname === given,
  );
  if (machine) return machine;
  const names = machines.map(({ name }) => name);
  const meant = nearest(given, names);
  throw new UserError(
    `${environment.name} has no machine ${given}`,
    meant ? `did you mean ${meant}?` : `its machines: ${names.join(", ")}`,
  );
}

/**
 * Gives the way into a machine. `local`'s is known from the plan, so that it works while or after an `up` fails, too; a cloud's
 * is known once its addresses are. Throws UserError.
 */
export async function machineConnection(environment: Environment, machine: MachinePlan): Promise<Connection> {
  const outputs = capabilitiesOf(environment.infrastructure).onThisHost ? {} : await readOutputs(environment.name);
  return connectionIn(outputs, environment, machine);
}

/** Gives the same where the outputs are read already. Throws UserError. */
export function connectionIn(
  { machines }: Partial<PlatformOutputs>,
  environment: Environment,
  machine: MachinePlan,
): Connection {
  if (capabilitiesOf(environment.infrastructure).onThisHost) return { kind: "container", container: machine.hostname };
  const connection = machines?.[machine.name]?.connection;
  if (connection) return connection;
  throw new UserError(
    `the way to ${machine.name} is not known yet: no \`up\` of ${environment.name} has ended`,
    `./kpaas up ${environment.name}`,
  );
}

/** Reads `[ENVIRONMENT] MACHINE`, as `ssh` and `logs` take it. Throws UserError. */
export function environmentAndMachine(
  positionals: readonly string[],
  command: string,
  environmentOrDefault: (name?: string) => string,
): { name: string; machine: string } {
  const [first, second] = positionals;
  if (first === undefined)
    throw new UserError("which machine?", `./kpaas ${command} --help; ./kpaas status lists them`);
  return second === undefined
    ? { name: environmentOrDefault(), machine: first }
    : { name: environmentOrDefault(first), machine: second };
}
