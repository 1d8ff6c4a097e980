import {
  environmentAndMachine,
  findMachine,
  loadDeployed,
  machineConnection,
} from "../../operations/access/machines.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { commonOptions, defineCommand } from "../command.ts";

export const ssh = defineCommand({
  details:
    "Ends with the command's own exit code. `local` machines are containers and are entered through their engine.",
  options: { ...commonOptions },
  maxPositionals: 2,
  async run({ positionals, values: { file }, rest }) {
    const { name, machine: given } = environmentAndMachine(positionals, "ssh", environmentOrDefault);
    const { environment } = await loadDeployed(name, file);
    const connection = await machineConnection(environment, findMachine(environment, given));
    const { runInMachine } = await import("../../operations/access/machine-shell.ts");
    const argv = rest.length > 0 ? rest : ["bash", "-l"];
    const tty = Boolean(process.stdin.isTTY && process.stdout.isTTY);
    return runInMachine(connection, argv, { tty, stdin: true });
  },
});
