import { renameSync, writeFileSync } from "node:fs";
import { UserError } from "../../lib/errors.ts";
import { note, print } from "../../lib/terminal.ts";
import { readOutputs } from "../../operations/access/outputs.ts";
import { notUp } from "../../operations/engine/workspace.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { mergeKubeconfig, removeFromKubeconfig } from "../../operations/kubeconfig-merge.ts";
import { commonOptions, defineCommand } from "../command.ts";

export const kubeconfig = defineCommand({
  details:
    "--merge puts it into the file that kubectl uses, which is $KUBECONFIG or ~/.kube/config, as context kpaas-ENVIRONMENT, and makes\n" +
    "that the present one. What else the file says stays; its former text is kept beside it as FILE.before-kpaas.",
  options: {
    merge: { type: "boolean", description: "put it into kubectl's own file; again, it changes only what differs" },
    remove: { type: "boolean", description: "take it out of kubectl's own file again, even after destroy" },
    output: { type: "string", short: "o", placeholder: "FILE", description: "write it there instead, mode 0600" },
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { output, merge, remove } }) {
    if ([output !== undefined, merge, remove].filter(Boolean).length > 1)
      throw new UserError("--output, --merge and --remove exclude one another", "./kpaas kubeconfig --help");
    const name = environmentOrDefault(given);
    if (remove) {
      const { changed, path, context } = removeFromKubeconfig(name);
      note(changed ? `took ${context} out of ${path}` : `${path} has no ${context}`);
      return 0;
    }
    const { kubeconfig: text } = await readOutputs(name);
    if (text === undefined) throw notUp(name);
    if (merge) {
      const { changed, path, context, backup } = mergeKubeconfig(name, text);
      note(changed ? `put ${context} into ${path}${backup ? `; as it was: ${backup}` : ""}` : `${path} has ${context}`);
      note("next: kubectl get nodes");
    } else if (output === undefined) await print(text);
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
