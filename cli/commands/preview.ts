import { commonOptions, defineCommand, jsonOption } from "../command.ts";
import { environmentOrDefault, loadEnvironment } from "../environments.ts";
import { operate, reportOperation } from "../operation.ts";
import type { Outcome } from "../progress.ts";
import { print, style } from "../terminal.ts";

export const preview = defineCommand({
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json } }) {
    const loaded = await loadEnvironment(environmentOrDefault(given), file);
    const result = await operate(loaded, "preview");
    if (!json) await print(planLines(result.outcomes).join("\n") || "no changes");
    return reportOperation(result, json);
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
