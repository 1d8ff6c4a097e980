import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { loadTransforms } from "../../config/transforms.ts";
import { UserError } from "../../lib/errors.ts";
import { note, print, printJson } from "../../lib/terminal.ts";
import {
  environmentNames,
  environmentOrDefault,
  type LoadedEnvironment,
  loadEnvironment,
  underName,
} from "../../operations/environments.ts";
import type { Difference } from "../../plan/difference.ts";
import type { Shown } from "../../report/page/page.ts";
import { commonOptions, defineCommand, jsonOption, markdownOption } from "../command.ts";

/** Exit code where a mandatory policy is broken: apart from what is wrong with the file, and with kpaas. */
const brokenPolicies = 3;

export const plan = defineCommand({
  details:
    "Works without a cloud: no engine, no credentials, no network.\n" +
    "Exit code: 0; 2 where an environment or an option is wrong; 3 where a mandatory policy is broken (not with --against).\n" +
    "--against shows, too, what an up does where the other's file is edited to be this one: what it refuses, and in which order machines\n" +
    "change. docs/plan.md has the form of --json and of price tables.",
  options: {
    all: { type: "boolean", description: "a line for every environment there is" },
    against: { type: "string", placeholder: "OTHER", description: "show only what differs from another environment" },
    prices: {
      type: "string",
      placeholder: "PATH",
      description: "price table to use instead of plan/prices/<infrastructure>.json",
    },
    html: { type: "string", placeholder: "PATH", description: "write a page with the architecture drawn, too" },
    ...markdownOption,
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { all, against, prices, html, markdown, json, file } }) {
    if (all) {
      if ([given, against, html, markdown, file].some((one) => one !== undefined))
        throw new UserError("--all is about every environment", "give it with --json or --prices only");
      return planAll({ prices, json });
    }
    if (markdown && against !== undefined)
      throw new UserError("--markdown reports one environment", "leave --against or --markdown out");
    const planned = await planNamed(environmentOrDefault(given), { file, prices });
    if (against === undefined) {
      if (json) await printJson(planned.plan);
      else await print((await import("../../report/text/plan.ts")).planText(planned.plan));
      if (html) await writePage(html, [planned]);
      if (markdown)
        await writeFile(
          resolve(markdown),
          `${(await import("../../report/markdown.ts")).planMarkdown(planned.plan)}\n`,
        );
      return planned.plan.policies.passed ? 0 : brokenPolicies;
    }
    if (html && file && against === planned.plan.environment)
      throw new UserError(
        `--html shows two environments, and --file and --against name one, ${against}`,
        "leave --html out",
      );
    const other = await planNamed(against, { prices });
    const { differenceOf } = await import("../../plan/difference.ts");
    const { editOf } = await import("../../plan/edit.ts");
    // As if the other's file were this one's before an edit.
    const edit = editOf(await underName(planned.environment.name, other.loaded), planned.environment);
    const difference = differenceOf(other.plan, planned.plan, edit);
    if (json) await printJson(difference);
    else await print((await import("../../report/text/plan-difference.ts")).differenceText(difference));
    if (html) await writePage(html, [planned, other], difference);
    return 0;
  },
});

/** Plans every environment that can be planned, whatever is wrong with others. Then throws UserError where there are such. */
async function planAll({ prices, json }: { prices?: string; json?: boolean }): Promise<number> {
  const planned = await Promise.allSettled(environmentNames().map((name) => planNamed(name, { prices })));
  const plans = planned.flatMap((one) => (one.status === "fulfilled" ? [one.value.plan] : []));
  const invalid = planned.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (json) await printJson({ plans });
  else await print((await import("../../report/text/plan-overview.ts")).overviewText(plans));
  for (const reason of invalid) if (!(reason instanceof UserError)) throw reason;
  if (invalid.length > 0) throw new UserError(invalid.map(({ message }) => message).join("\n"), invalid[0].next);
  return plans.every(({ policies }) => policies.passed) ? 0 : brokenPolicies;
}

async function planNamed(
  name: string,
  { file, prices }: { file?: string; prices?: string },
): Promise<Shown & { loaded: LoadedEnvironment }> {
  const loaded = await loadEnvironment(name, file);
  const { environment, path } = loaded;
  const { planOf } = await import("../../plan/plan.ts");
  const { readPriceTable, shippedPriceTable } = await import("../../plan/price-table.ts");
  const table = prices ? readPriceTable(prices) : shippedPriceTable(environment.infrastructure.kind);
  return { loaded, environment, plan: planOf(environment, table, await loadTransforms(path)) };
}

async function writePage(path: string, shown: Shown[], difference?: Difference): Promise<void> {
  const { planPage } = await import("../../report/page/page.ts");
  await writeFile(resolve(path), await planPage(shown, difference));
  note(`wrote ${path}`);
}
