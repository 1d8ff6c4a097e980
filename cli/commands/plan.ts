import { existsSync } from "node:fs";
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
    "change. --before does so beside the plan, for a merge request: the file as it is where the request would go.\n" +
    "docs/plan.md has the form of --json and of price tables.",
  options: {
    all: { type: "boolean", description: "a line for every environment there is" },
    against: { type: "string", placeholder: "OTHER", description: "show only what differs from another environment" },
    before: {
      type: "string",
      placeholder: "PATH",
      description: "tell, too, what changes from the environment's file as it was; no such file: it is new",
    },
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
  async run({ positionals: [given], values: { all, against, before, prices, html, markdown, json, file } }) {
    if (all) {
      if ([given, against, before, html, markdown, file].some((one) => one !== undefined))
        throw new UserError("--all is about every environment", "give it with --json or --prices only");
      return planAll({ prices, json });
    }
    if (markdown && against !== undefined)
      throw new UserError("--markdown reports one environment", "leave --against or --markdown out");
    if (before !== undefined && against !== undefined)
      throw new UserError("--before and --against each name what to compare with", "leave one of them out");
    const planned = await planNamed(environmentOrDefault(given), { file, prices });
    if (against === undefined) {
      const difference = before === undefined ? undefined : await differenceFrom(before, planned, { prices });
      if (json) await printJson({ ...planned.plan, ...(difference ? { difference } : {}) });
      else await print((await import("../../report/text/plan.ts")).planText(planned.plan));
      if (difference && !json)
        await print(`\n${(await import("../../report/text/plan-difference.ts")).differenceText(difference)}`);
      if (html) await writePage(html, [planned]);
      if (markdown)
        await writeFile(
          resolve(markdown),
          `${(await import("../../report/markdown.ts")).planMarkdown(planned.plan, difference)}\n`,
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

/** Gives what an edit changes: from the environment's file as it was. Undefined where there was none. Throws UserError. */
async function differenceFrom(
  before: string,
  planned: Shown & { loaded: LoadedEnvironment },
  { prices }: { prices?: string },
): Promise<Difference | undefined> {
  if (!existsSync(resolve(before))) return undefined;
  const other = await planNamed(planned.environment.name, { file: before, prices, transformsOf: planned.loaded.path });
  const { differenceOf } = await import("../../plan/difference.ts");
  const { editOf } = await import("../../plan/edit.ts");
  const difference = differenceOf(other.plan, planned.plan, editOf(other.environment, planned.environment));
  return { ...difference, from: "the file as it was", to: "the file as it is" };
}

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
  { file, prices, transformsOf }: { file?: string; prices?: string; transformsOf?: string },
): Promise<Shown & { loaded: LoadedEnvironment }> {
  const loaded = await loadEnvironment(name, file);
  const { environment, path } = loaded;
  const { planOf } = await import("../../plan/plan.ts");
  const { readPriceTable, shippedPriceTable } = await import("../../plan/price-table.ts");
  const table = prices ? readPriceTable(prices) : shippedPriceTable(environment.infrastructure.kind);
  return { loaded, environment, plan: planOf(environment, table, await loadTransforms(transformsOf ?? path)) };
}

async function writePage(path: string, shown: Shown[], difference?: Difference): Promise<void> {
  const { planPage } = await import("../../report/page/page.ts");
  await writeFile(resolve(path), await planPage(shown, difference));
  note(`wrote ${path}`);
}
