import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { note, print, style } from "../../lib/terminal.ts";
import { withObtainableApplications } from "../../operations/application-sources.ts";
import { changesOf, operate, reportOperation } from "../../operations/engine/operation.ts";
import type { Outcome } from "../../operations/engine/progress.ts";
import { environmentOrDefault, loadEnvironment, requireDeployable } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption, markdownOption } from "../command.ts";

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
    const asked = await loadEnvironment(environmentOrDefault(given), file);
    await requireDeployable(asked);
    const loaded = await withObtainableApplications(asked);
    const result = await operate(loaded, "preview");
    if (!json) await print(planLines(result.outcomes).join("\n") || "no changes");
    if (markdown)
      await writeFile(resolve(markdown), `${(await import("../../report/markdown.ts")).operationMarkdown(result)}\n`);
    const code = await reportOperation(result, json);
    const changes = changesOf(result).length;
    if (code !== 0 || !expectNoChanges || changes === 0) return code;
    note(`${style("red", "error:")} ${loaded.name} is not as its file says: ${changes} changes`);
    note(`${style("cyan", "next:")} ./kpaas up ${loaded.name}   (mends what was changed by hand)`);
    return unexpectedChanges;
  },
});

const marks: Partial<Record<Outcome["op"], string>> = {
  create: "+",
  update: "~",
  replace: "±",
  "create-replacement": "±",
  delete: "-",
  import: "=",
};

/** A line for each change worth one; keys and certificates are in the counts. */
function planLines(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ op, label, notable, diffs }) => {
    const mark = marks[op];
    if (!mark || !notable || op === "create-replacement") return [];
    const why = diffs.length > 0 ? `  (${diffs.join(", ")})` : "";
    return [
      style(op === "delete" ? "red" : op === "create" ? "green" : "yellow", `  ${mark} ${label}${why}`, process.stdout),
    ];
  });
}
