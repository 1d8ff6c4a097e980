import { join } from "node:path";
import { confirm, note, print } from "../../lib/terminal.ts";
import { loadDeployed } from "../../operations/access/machines.ts";
import { destroy as destroyEnvironment } from "../../operations/destroy.ts";
import { requireEnvironment, stacksFolder } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

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
  async run({ positionals: [given], values: { yes, json, file, "keep-bosh-vms": keepsVms = false } }) {
    const name = requireEnvironment(given, "destroy");
    const loaded = await loadDeployed(name, file);
    const mayGoOn = yes || (name === "local" && !process.stdin.isTTY);
    if (!mayGoOn && !(await confirm(`Destroy ${name} with all its data?`))) {
      note(`${name} stays as it is`);
      return 0;
    }
    const ownFile = file ?? join(stacksFolder(), `Pulumi.${name}.yaml`);
    const result = await destroyEnvironment(loaded, { file: ownFile, keepsVms });
    if (result) return endOperation(result, json);
    await print(json ? "{}" : `${name} is not up: nothing to destroy`);
    return 0;
  },
});
