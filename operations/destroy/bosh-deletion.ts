import type { Environment } from "../../config/environment.ts";
import { UserError } from "../../lib/errors.ts";
import { note } from "../../lib/terminal.ts";
import type { Connection } from "../../provider/sdk.ts";
import { runInMachine } from "../access/machine-shell.ts";
import { isForeignBackend, readStackState } from "../engine/state.ts";
import { openExisting } from "../engine/workspace.ts";

/**
 * Has the jump host delete what BOSH made: the deployment, then the director. The engine knows nothing of these VMs, and could
 * not delete the network below them. Does nothing where the jump host was never told what to make. Throws UserError where they
 * stay.
 */
export async function deleteWithBosh(name: string): Promise<void> {
  if (!isForeignBackend() && !jumpHostIn(readStackState(name) ?? {})) return;
  const stack = await openExisting(name);
  const connection = stack && jumpHostIn((await stack.exportStack()).deployment);
  if (!connection) return;
  note("having BOSH delete the application platform's VMs, then its director: some ten minutes");
  // To standard error, as all progress.
  const argv = ["sh", "-c", "/usr/local/bin/kpaas-bosh delete >&2"];
  const exitCode = await runInMachine(connection, argv, { tty: false, stdin: false }).catch((error: unknown) => {
    throw error instanceof UserError ? vmsStay(name, error.message) : error;
  });
  if (exitCode !== 0) throw vmsStay(name, `\`kpaas-bosh delete\` ended with exit code ${exitCode}`);
}

function vmsStay(name: string, why: string): UserError {
  return new UserError(
    `BOSH did not delete all of the application platform's VMs, so nothing of ${name} was removed: ${why}`,
    `./kpaas destroy ${name}   (goes on from here); with --keep-bosh-vms where you deleted its VMs and disks yourself`,
  );
}

/** Throws UserError where an environment that has BOSH's VMs is to have none: only `destroy` has BOSH delete them. */
export function refuseLeavingVms({ name, applicationPlatform }: Environment, state: State | undefined): void {
  if (applicationPlatform || !jumpHostIn(state ?? {})) return;
  throw new UserError(
    `${name} has an application platform, of which its file says nothing any more: its VMs would be left behind`,
    `put applicationPlatform back, or ./kpaas destroy ${name}`,
  );
}

interface State {
  resources?: StateResource[];
}

interface StateResource {
  type: string;
  inputs?: { machineName?: unknown; connection?: unknown };
}

/**
 * Gives the way to the jump host once it was told what to make; outputs of a stack are known only after an `up` that ended well.
 */
export function jumpHostIn({ resources = [] }: State): Connection | undefined {
  const told = resources.find(
    ({ type, inputs }) => type === "kpaas:index:MachineFiles" && inputs?.machineName === "jumphost",
  );
  return told && (unwrapped(told.inputs?.connection) as Connection);
}

/** Unwraps a secret, which has a mark and its value as JSON: so `pulumi stack export --show-secrets` writes it. */
function unwrapped(value: unknown): unknown {
  const secret = value as { plaintext?: unknown } | undefined;
  return typeof secret?.plaintext === "string" ? JSON.parse(secret.plaintext) : value;
}
