import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { note } from "../lib/terminal.ts";
import { deleteWithBosh } from "./destroy/bosh-deletion.ts";
import { removeOrphans } from "./destroy/orphans.ts";
import { noteCoDeleted, unprotect } from "./destroy/protection.ts";
import { checkpointed, engineStep, type Operation, type OperationResult } from "./engine/operation.ts";
import { clearStaleLocks } from "./engine/stale-lock.ts";
import { environmentsWithState, isForeignBackend, readStackState, removeState, stateFolder } from "./engine/state.ts";
import { knownSalt, openExisting, removeStack } from "./engine/workspace.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { runSteps, type Step } from "./steps.ts";

export interface DestroyOptions {
  /** The user's own file of the environment. */
  file: string;
  /** BOSH's VMs are gone already: BOSH is not asked to delete them. */
  keepsVms: boolean;
}

interface Destruction extends Operation, DestroyOptions {
  isUp: boolean;
}

const isInOwnBackend = ({ isUp }: Destruction): boolean => isUp && !isForeignBackend();
const isDestroyed = ({ result }: Destruction): boolean => result?.result === "succeeded";

const steps: readonly Step<Destruction>[] = [
  {
    name: "look for the environment",
    run: async (destruction) => {
      destruction.isUp = await hasState(destruction.loaded.name);
    },
  },
  {
    // Before anything is removed: what another run makes is not in the state yet.
    name: "check that no other run is at work",
    when: isInOwnBackend,
    run: ({ loaded }) => void clearStaleLocks(loaded.name),
  },
  {
    name: "remove what the state does not know",
    when: isInOwnBackend,
    run: async ({ loaded: { name, environment } }) => tell(await removeOrphans(environment, namesInState(name))),
  },
  {
    name: "have BOSH delete its VMs",
    when: ({ isUp, keepsVms }) => isUp && !keepsVms,
    run: ({ loaded }) => deleteWithBosh(loaded.name),
  },
  {
    name: "run the engine",
    when: ({ isUp }) => isUp,
    run: engineStep("destroy", [
      { name: "take the protection off disks", run: unprotect },
      { name: "note what the cloud deletes with its owner", run: noteCoDeleted },
      {
        name: "destroy the platform",
        run: (engine) => checkpointed(engine, () => engine.stack.destroy(engine.options)),
      },
    ]),
  },
  {
    name: "remove what is left",
    when: (destruction) => !destruction.isUp || isDestroyed(destruction),
    run: async ({ loaded: { environment } }) => tell(await removeOrphans(environment, new Set())),
  },
  {
    name: "take the salt out of the user's file",
    when: isDestroyed,
    run: ({ loaded, file }) => takeSaltOut(file, knownSalt(loaded.name)),
  },
  { name: "remove the stack", when: isDestroyed, run: ({ loaded }) => removeStack(loaded.name) },
  {
    name: "remove the state",
    when: isDestroyed,
    run: ({ loaded: { name } }) => {
      removeState(name);
      tell([`the state, history and passphrase of ${name} from ${stateFolder()}`]);
    },
  },
];

/** Removes an environment with all its data. Undefined where it is not up. Throws UserError. */
export async function destroy(
  loaded: LoadedEnvironment,
  options: DestroyOptions,
): Promise<OperationResult | undefined> {
  const destruction: Destruction = { loaded, ...options, isUp: false };
  await runSteps(steps, destruction);
  return destruction.result;
}

async function hasState(name: string): Promise<boolean> {
  return isForeignBackend() ? (await openExisting(name)) !== undefined : environmentsWithState().includes(name);
}

/** Names in the container engine of all that the state knows. */
function namesInState(name: string): ReadonlySet<string> {
  const inputs = readStackState(name)?.resources.map((resource) => resource.inputs ?? {}) ?? [];
  return new Set(
    inputs
      .flatMap(({ hostname, networkName, volumeName }) => [hostname, networkName, volumeName])
      .filter((value) => typeof value === "string"),
  );
}

function tell(removed: readonly string[]): void {
  for (const what of removed) note(`removed ${what}`);
}

/**
 * Takes an environment's salt out of the user's file, into which plain pulumi may have written it; with its passphrase gone it is
 * useless.
 */
function takeSaltOut(path: string, salt: string | undefined): void {
  if (!salt || !existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const without = text.replace(`encryptionsalt: ${salt}\n`, "");
  if (without !== text) writeFileSync(path, without);
}
