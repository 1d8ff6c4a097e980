import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { confirm, note, print } from "../../lib/terminal.ts";
import { loadDeployed } from "../../operations/access/machines.ts";
import { deleteWithBosh } from "../../operations/destroy/bosh-deletion.ts";
import { removeLeftovers } from "../../operations/destroy/leftovers.ts";
import { operate, reportOperation } from "../../operations/engine/operation.ts";
import { clearStaleLocks } from "../../operations/engine/stale-lock.ts";
import {
  environmentsWithState,
  isForeignBackend,
  readStackState,
  removeState,
  stateFolder,
} from "../../operations/engine/state.ts";
import { knownSalt, openExisting, removeStack } from "../../operations/engine/workspace.ts";
import { requireEnvironment, stacksFolder } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const destroy = defineCommand({
  details: "Asks first. Without a terminal to ask on it needs --yes, except for `local`. Caches stay.",
  options: {
    yes: { type: "boolean", short: "y", description: "do not ask" },
    "keep-bosh-vms": {
      type: "boolean",
      description: "do not have BOSH delete the application platform's VMs first, as they are gone already",
    },
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { yes, json, file, "keep-bosh-vms": keepsVms } }) {
    const name = requireEnvironment(given, "destroy");
    const loaded = await loadDeployed(name, file);
    const mayGoOn = yes || (name === "local" && !process.stdin.isTTY);
    if (!mayGoOn && !(await confirm(`Destroy ${name} with all its data?`))) {
      note(`${name} stays as it is`);
      return 0;
    }
    if (!(isForeignBackend() ? await openExisting(name) : environmentsWithState().includes(name))) {
      listRemoved(await removeLeftovers(loaded.environment, new Set()));
      if (json) await print("{}");
      else await print(`${name} is not up: nothing to destroy`);
      return 0;
    }
    // Before anything is removed: another run may be at work, and what it makes is not in the state yet.
    if (!isForeignBackend()) {
      clearStaleLocks(name);
      listRemoved(await removeLeftovers(loaded.environment, namesInState(name)));
    }
    if (!keepsVms) await deleteWithBosh(name);
    const result = await operate(loaded, "destroy");
    if (result.result === "succeeded") {
      listRemoved(await removeLeftovers(loaded.environment, new Set()));
      takeSaltOut(file ?? join(stacksFolder(), `Pulumi.${name}.yaml`), knownSalt(name));
      await removeStack(name);
      removeState(name);
      listRemoved([`the state, history and passphrase of ${name} from ${stateFolder()}`]);
    }
    return reportOperation(result, json);
  },
});

/** Names in the engine of all that the state knows. */
function namesInState(name: string): ReadonlySet<string> {
  const inputs = readStackState(name)?.resources.map((resource) => resource.inputs ?? {}) ?? [];
  return new Set(
    inputs
      .flatMap(({ hostname, networkName, volumeName }) => [hostname, networkName, volumeName])
      .filter((value) => typeof value === "string"),
  );
}

function listRemoved(removed: readonly string[]): void {
  for (const what of removed) note(`removed ${what}`);
}

/** Plain pulumi may have written this environment's salt into the user's file; with its passphrase gone it is useless. */
function takeSaltOut(path: string, salt: string | undefined): void {
  if (!salt || !existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const without = text.replace(`encryptionsalt: ${salt}\n`, "");
  if (without !== text) writeFileSync(path, without);
}
