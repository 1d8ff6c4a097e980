import {
  environmentAndMachine,
  findMachine,
  loadDeployed,
  machineConnection,
} from "../../operations/access/machines.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { commonOptions, defineCommand } from "../command.ts";

const journal = "journalctl --no-pager -u cloud-init -u cloud-config -u cloud-final -u kpaas-first-boot";

/** Ends the journal's reader when this side goes away, however it does: its standard input then ends. */
const follow = `${journal} -n 200 -f & reader=$!; cat >/dev/null; kill $reader`;

export const logs = defineCommand({
  options: { follow: { type: "boolean", short: "f", description: "go on showing what is added" }, ...commonOptions },
  maxPositionals: 2,
  async run({ positionals, values }) {
    const { name, machine: given } = environmentAndMachine(positionals, "logs", environmentOrDefault);
    const { environment } = await loadDeployed(name, values.file);
    const connection = await machineConnection(environment, findMachine(environment, given));
    const { runInMachine } = await import("../../operations/access/machine-shell.ts");
    return runInMachine(connection, ["sh", "-c", values.follow ? follow : journal], { tty: false, stdin: false });
  },
});
