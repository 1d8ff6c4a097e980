import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { loadTransforms } from "../../config/transforms.ts";
import { note, print, printJson } from "../../lib/terminal.ts";
import { environmentOrDefault } from "../../operations/environments.ts";
import { platformStatus } from "../../operations/status/platform-status.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const status = defineCommand({
  details:
    "Asks the machines, the services and the Kubernetes API; changes nothing. docs/status.md has the form of --json.\n" +
    "Exit code: 0 whatever it finds; `verify` judges.",
  options: {
    drift: {
      type: "boolean",
      description: "compare every resource with the real one, too; takes as long as a preview",
    },
    html: {
      type: "string",
      placeholder: "PATH",
      description: "write the plan's page with what is real on it, too; implies --drift",
    },
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { drift, html, json, file } }) {
    const name = environmentOrDefault(given);
    const compares = drift || html !== undefined;
    if (compares) note("asking the machines, and comparing every resource with the real one");
    const { status: found, loaded } = await platformStatus(name, { file, drift: compares });
    if (json) await printJson(found);
    else await print((await import("../../report/text/status.ts")).statusText(found));
    if (html) {
      const [{ planOf }, { shippedPriceTable }, { planPage }] = await Promise.all([
        import("../../plan/plan.ts"),
        import("../../plan/price-table.ts"),
        import("../../report/page/page.ts"),
      ]);
      const { environment, path } = loaded;
      const prices = shippedPriceTable(environment.infrastructure.kind);
      const plan = planOf(environment, prices, await loadTransforms(path));
      await writeFile(resolve(html), await planPage([{ environment, plan, observed: found }]));
      note(`wrote ${html}`);
    }
    return 0;
  },
});
