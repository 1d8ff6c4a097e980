import { formatSeconds, note, print, printJson, style } from "../../lib/terminal.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const verify = defineCommand({
  details: "Runs pods in a namespace of its own, which it removes again. Exit code 1 if a check fails.",
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { json, file } }) {
    const name = environmentOrDefault(given);
    const { runChecks } = await import("../../operations/verify.ts");
    const began = performance.now();
    const checks = await runChecks(name, file, ({ name: check, passed, seconds, detail }) => {
      const mark = passed ? style("green", "pass") : style("red", "FAIL");
      note(`${mark}  ${check} (${formatSeconds(seconds)})${detail ? `: ${detail}` : ""}`);
    });
    const failed = checks.filter(({ passed }) => !passed).length;
    const seconds = (performance.now() - began) / 1000;
    if (json) await printJson({ environment: name, passed: failed === 0, seconds, checks });
    else {
      const verdict = failed === 0 ? "works" : `${failed} of ${checks.length} checks failed`;
      await print(`verify ${name}: ${verdict}, ${checks.length} checks, ${formatSeconds(seconds)}`);
    }
    if (failed > 0)
      note(`${style("cyan", "next:")} ./kpaas status ${name}; ./kpaas up ${name} mends what was changed by hand`);
    return failed === 0 ? 0 : 1;
  },
});
