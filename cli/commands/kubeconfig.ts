import { renameSync, writeFileSync } from "node:fs";
import { note, print } from "../../lib/terminal.ts";
import { readOutputs } from "../../operations/access/outputs.ts";
import { notUp } from "../../operations/engine/workspace.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { commonOptions, defineCommand } from "../command.ts";

export const kubeconfig = defineCommand({
  options: {
    output: { type: "string", short: "o", placeholder: "FILE", description: "write it there instead, mode 0600" },
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { output } }) {
    const name = environmentOrDefault(given);
    const { kubeconfig: text } = await readOutputs(name);
    if (text === undefined) throw notUp(name);
    if (output === undefined) await print(text);
    else {
      // A file that is there keeps its mode when it is written to, so a new one takes its place.
      const draft = `${output}.${process.pid}`;
      writeFileSync(draft, text, { mode: 0o600 });
      renameSync(draft, output);
      note(`wrote ${output}; next: kubectl --kubeconfig ${output} get nodes`);
    }
    return 0;
  },
});
