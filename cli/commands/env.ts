import { delimiter, join } from "node:path";
import { quoted } from "../../lib/shell.ts";
import { note, print } from "../../lib/terminal.ts";
import { engineEnvironment, environmentsWithState } from "../../operations/engine/state.ts";
import { findPulumi, prepareWorkFolder } from "../../operations/engine/workspace.ts";
import { environmentOrDefault, loadEnvironment } from "../../operations/environments.ts";
import { writePlainProject } from "../../operations/plain-project.ts";
import { exampleStacks, stacksFolder } from "../../operations/stacks-folder.ts";
import { commonOptions, defineCommand } from "../command.ts";

export const env = defineCommand({
  details:
    'Use: eval "$(./kpaas env local)" && pulumi preview -s local\n' +
    "Where Pulumi was built here it has only an old nodejs language host, which then is put on PATH too; it cannot run\n" +
    "policy packs. In a folder of environments apart from the clone it writes a Pulumi.yaml, which leads to the clone's program:\n" +
    "run pulumi there. Plain pulumi writes its encryption salt into the environment's file; ./kpaas destroy takes it out again.",
  options: { ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file } }) {
    const name = environmentOrDefault(given);
    if (!environmentsWithState().includes(name)) prepareWorkFolder(await loadEnvironment(name, file));
    const folder = stacksFolder();
    if (folder !== exampleStacks && writePlainProject(folder)) note(`plain pulumi works in ${folder}`);
    const { root, source } = await findPulumi();
    const path = source === "PATH" ? [] : [join(root, "bin")];
    const exports = engineEnvironment(name);
    if (source === "go") {
      const { nodejsLanguageHost } = await import("../../toolchain/pulumi.ts");
      path.push(await nodejsLanguageHost(note));
    }
    const lines = Object.entries(exports).map(([key, value]) => `export ${key}=${quoted(value)}`);
    if (path.length > 0) lines.push(`export PATH=${path.map(quoted).join(delimiter)}${delimiter}"$PATH"`);
    await print(lines.join("\n"));
    return 0;
  },
});
