import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { note, print, style } from "../../lib/terminal.ts";
import { changesOf } from "../../operations/engine/operation.ts";
import { environmentOrDefault, loadEnvironment } from "../../operations/environments.ts";
import { preview as previewChanges } from "../../operations/preview.ts";
import { previewText } from "../../report/text/operation.ts";
import { commonOptions, defineCommand, jsonOption, markdownOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

/** Exit code where something differs and nothing should. */
const unexpectedChanges = 4;

export const preview = defineCommand({
  details:
    "Looks first at what is really there, so that what was changed by hand is shown.\n" +
    "Exit code: 0; 1 where it fails, as where a mandatory policy is broken; 2 where an environment or an option is wrong;\n" +
    "4 where --expect-no-changes is given and there are changes.",
  options: {
    "expect-no-changes": { type: "boolean", description: "fail where anything would change: a check for drift" },
    ...markdownOption,
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json, markdown, "expect-no-changes": expectNoChanges } }) {
    const { loaded, result } = await previewChanges(await loadEnvironment(environmentOrDefault(given), file));
    if (!json) await print(previewText(result));
    if (markdown)
      await writeFile(resolve(markdown), `${(await import("../../report/markdown.ts")).operationMarkdown(result)}\n`);
    const code = await endOperation(result, json);
    const changes = changesOf(result).length;
    if (code !== 0 || !expectNoChanges || changes === 0) return code;
    note(`${style("red", "error:")} ${loaded.name} is not as its file says: ${changes} changes`);
    note(`${style("cyan", "next:")} ./kpaas up ${loaded.name}   (mends what was changed by hand)`);
    return unexpectedChanges;
  },
});
