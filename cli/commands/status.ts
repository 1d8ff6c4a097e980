import { commonOptions, defineCommand, jsonOption } from "../command.ts";
import { environmentOrDefault } from "../environments.ts";
import { type MachineStatus, platformStatus } from "../platform-status.ts";
import { print, printJson, style, table } from "../terminal.ts";

export const status = defineCommand({
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { json, file } }) {
    const found = await platformStatus(environmentOrDefault(given), file);
    if (json) await printJson(found);
    else {
      const { environment, machines, endpoints, certificates } = found;
      const head = ["MACHINE", "ROLE", "ADDRESS", "STATE", "FIRST BOOT", "NODE"];
      await print(table([head, ...machines.map(machineRow)]));
      await print(section("Endpoints", endpoints));
      await print(section("Certificates end", certificates));
      if (found.apiError) await print(style("yellow", `The API does not answer: ${found.apiError}`, process.stdout));
      await print(`next: ./kpaas verify ${environment}`);
    }
    return 0;
  },
});

const machineRow = ({ name, role, privateIp, state, firstBoot, node }: MachineStatus): string[] => [
  name,
  role,
  privateIp ?? "-",
  state,
  firstBoot,
  node ?? "-",
];

function section(title: string, values: Record<string, string>): string {
  return `\n${title}\n${table(Object.entries(values).map(([name, value]) => [`  ${name}`, value])) || "  none yet"}`;
}
