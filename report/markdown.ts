import { stripVTControlCharacters } from "node:util";
import { transformedInWords } from "../config/transforms.ts";
import { changesOf, type OperationResult } from "../operations/engine/operation.ts";
import type { Outcome } from "../operations/engine/progress.ts";
import { type Cost, money } from "../plan/cost.ts";
import { type Difference, isEmpty } from "../plan/difference.ts";
import { type Plan, versionInWords } from "../plan/plan.ts";
import { type PolicyReport, type Relaxation, relaxationInWords, relaxedInWords } from "../policies/evaluate.ts";
import { changesInWords } from "./text/operation.ts";
import { differenceText } from "./text/plan-difference.ts";
import { stageInWords } from "./text/rollout.ts";

/** The most rows of a list and characters of a message, so that a comment stays within what a forge takes. */
const maxRows = 100;
const maxMessage = 1000;

/**
 * Renders a plan for a comment: what it is made of, what it costs, which rules it breaks; with `difference`, what changes from the
 * file as it was.
 */
export function planMarkdown(plan: Plan, difference?: Difference): string {
  const { environment, purpose, infrastructure, kubernetes, totals, groups, warnings, transforms } = plan;
  const place = [infrastructure.kind, infrastructure.region].filter(Boolean).join(" ");
  const machines = groups.map(({ name, count, machineType = "-", size }) => [
    name,
    String(count),
    machineType,
    `${size.vcpus} vCPU, ${size.memoryGiB} GiB`,
  ]);
  return blocks([
    `### Plan of ${code(environment)}`,
    `For ${purpose}: ${text(place)}, Kubernetes ${text(versionInWords(kubernetes))}, ${totals.machines} machines, ${totals.vcpus} vCPU, ${totals.memoryGiB} GiB. ${costText(plan.cost)}`,
    difference ? differenceBlock(difference) : "",
    details("Machines", table(["Role", "Count", "Type", "Size"], machines)),
    policiesText(plan.policies),
    transforms ? `Changed by transform (${code(transforms.file)}): ${transforms.types.map(code).join(", ")}.` : "",
    warnings.length > 0
      ? details(
          `Warnings: ${warnings.length}`,
          list(warnings.map(({ severity, text: what }) => `${severity}: ${text(what)}`)),
        )
      : "",
  ]);
}

/** Renders what changes as it stands in a terminal: columns say more than cells here. */
function differenceBlock(difference: Difference): string {
  if (isEmpty(difference)) return "Nothing of the plan changes.";
  const refused = difference.edit?.refused.length ?? 0;
  const summary = refused > 0 ? `What changes: **an up refuses it, for ${refused} reasons**` : "What changes:";
  return `${summary}\n\n<pre>\n${preformatted(stripVTControlCharacters(differenceText(difference)))}\n</pre>`;
}

function costText(cost: Cost): string {
  if (cost.status === "free") return "Costs nothing.";
  if (cost.status === "no-price-table") return "Cost: no price table.";
  const rest = cost.unpriced.length > 0 ? " and what has no price" : "";
  return `**${money(cost.monthly, cost.currency)}** a month${rest}.`;
}

function policiesText(report: PolicyReport): string {
  const { passed, rules, ruleCount, relaxations } = report;
  const broken = rules.flatMap(({ name, level, violations }) =>
    violations.map(({ path, message, remedy }) => [level, code(name), code(path), text(message), text(remedy)]),
  );
  const verdict = passed ? "no mandatory one is broken" : "**mandatory ones are broken**";
  const relaxed = relaxedInWords(report);
  return blocks([
    `Policies (${ruleCount}): ${[verdict, ...(relaxed ? [`**${relaxed}**`] : [])].join("; ")}.`,
    broken.length > 0 ? table(["Level", "Rule", "Where", "What", "Mend"], broken) : "",
    relaxationList(relaxations),
  ]);
}

const relaxationList = (relaxations: readonly Relaxation[]): string =>
  relaxations.length > 0 ? list(relaxations.map((one) => text(relaxationInWords(one)))) : "";

/** Renders an operation for a comment: what changes, or what failed. It names properties and never shows their values. */
export function operationMarkdown(result: OperationResult): string {
  const { command, environment, failures, changes, transformed, relaxed, rollout = [] } = result;
  const changed = changesOf(result);
  const notable = changed.filter(({ notable, op }) => notable && op !== "create-replacement");
  const summary = changed.length === 0 ? "no changes" : changesInWords(changes) || `${changed.length} changes`;
  const verdict = result.result === "succeeded" ? `${summary}.` : `**${result.result}**`;
  return blocks([
    `### ${command === "preview" ? "Preview" : command} of ${code(environment)}`,
    verdict,
    transformed ? `Changed by transform: ${text(transformedInWords(transformed))}.` : "",
    relaxed ? `Policies: **${relaxedInWords(relaxed)}**.` : "",
    relaxed ? relaxationList(relaxed.relaxations) : "",
    notable.length > 0 ? table(["", "Resource", "Differs"], notable.map(changeRow)) : "",
    rollout.length > 0 ? `Machines that are there change in this order:\n\n${ordered(rollout.map(stageInWords))}` : "",
    failures.length > 0 ? list(failures.map(({ label, message }) => `${code(label)}: ${text(short(message))}`)) : "",
  ]);
}

const ordered = (entries: readonly string[]): string =>
  entries.map((entry, index) => `${index + 1}. ${text(entry)}`).join("\n");

const changeRow = ({ op, label, diffs }: Outcome): string[] => [op, code(label), diffs.map(code).join(", ")];

const short = (message: string): string =>
  message.length > maxMessage ? `${message.slice(0, maxMessage)} ... (the job's log has all of it)` : message;

const blocks = (parts: readonly string[]): string => parts.filter(Boolean).join("\n\n");

const details = (summary: string, body: string): string =>
  `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return blocks([
    [line(head), line(head.map(() => "---")), ...rows.slice(0, maxRows).map(line)].join("\n"),
    more(rows.length),
  ]);
}

const list = (items: readonly string[]): string =>
  blocks([
    items
      .slice(0, maxRows)
      .map((item) => `- ${item}`)
      .join("\n"),
    more(items.length),
  ]);

const more = (count: number): string => (count > maxRows ? `and ${count - maxRows} more` : "");

/** Escapes text so that it stays text: no markup, no mention of a user, no new line or cell. */
const text = (value: string): string =>
  value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replaceAll("@", "&#64;")
    .replace(/\s*\n\s*/g, "<br>");

const code = (value: string): string => `\`${value.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;

/** Escapes text between <pre> and </pre>. An empty line would end what is not taken for markup. */
const preformatted = (value: string): string =>
  value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("@", "&#64;")
    .replace(/\n{2,}/g, "\n");
