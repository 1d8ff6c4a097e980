import { transformedInWords } from "../../config/transforms.ts";
import { formatSeconds, style } from "../../lib/terminal.ts";
import type { OperationResult } from "../../operations/engine/operation.ts";
import type { Outcome } from "../../operations/engine/progress.ts";
import { relaxedInWords } from "../../policies/evaluate.ts";
import { rolloutText } from "./rollout.ts";

/** Renders `up dev: 3 created, 20 unchanged, 12.3s`, and what to do next. */
export function successText(result: OperationResult, next: readonly string[] = []): string {
  const changes = changesInWords(result.changes) || "nothing to do";
  const line = `${result.command} ${result.environment}: ${changes}, ${formatSeconds(result.seconds)}`;
  const transformed = result.transformed ? [`changed by transform: ${transformedInWords(result.transformed)}`] : [];
  const relaxed = result.relaxed ? [`policies: ${relaxedInWords(result.relaxed)}`] : [];
  return [line, ...transformed, ...relaxed, ...nextLines(next, "next: ")].join("\n");
}

/** Renders, for standard error, what failed, why and what to do next. */
export function failureText({ command, environment, result, seconds, failures }: OperationResult): string {
  const after = formatSeconds(seconds);
  const machines = [...new Set(failures.flatMap(({ machine }) => machine ?? []))];
  const logs = machines.slice(0, 3).map((machine) => `./kpaas logs ${environment} ${machine}`);
  return [
    result === "interrupted"
      ? `${command} ${environment} was stopped after ${after}`
      : `${style("red", "error:")} ${command} ${environment} failed after ${after}`,
    ...failures.map(({ label, message }) => `  ${style("bold", label)}: ${message.replaceAll("\n", "\n    ")}`),
    ...nextLines([...logs, `./kpaas ${command} ${environment}   (goes on from here)`], style("cyan", "next: ")),
  ].join("\n");
}

const nextLines = (next: readonly string[], mark: string): string[] =>
  next.map((line, index) => `${index === 0 ? mark : "      "}${line}`);

/** Gives an operation as `--json` has it. A refresh before another operation counts only what it found gone. */
export function operationJson({ outcomes, ...result }: OperationResult): Record<string, unknown> {
  const resources = outcomes
    .filter(({ op }) => op !== "refresh" || result.command === "refresh")
    .map(({ op, type, name, diffs }) => ({ op, type, name, diffs }));
  return { ...result, resources };
}

/** Renders `3 created, 1 updated, 20 unchanged`; empty where nothing changed. */
export function changesInWords(changes: Record<string, number>): string {
  const words: [string, string][] = [
    ["create", "created"],
    ["update", "updated"],
    ["replace", "replaced"],
    ["delete", "deleted"],
    ["same", "unchanged"],
  ];
  return words.flatMap(([op, word]) => (changes[op] ? [`${changes[op]} ${word}`] : [])).join(", ");
}

const marks: Partial<Record<Outcome["op"], string>> = {
  create: "+",
  update: "~",
  replace: "±",
  "create-replacement": "±",
  delete: "-",
  import: "=",
};

/** Renders a line for each change worth one, and the order of those of machines; keys and certificates are in the counts. */
export function previewText({ outcomes, rollout = [] }: Pick<OperationResult, "outcomes" | "rollout">): string {
  const lines = outcomes.flatMap(({ op, label, notable, diffs }) => {
    const mark = marks[op];
    if (!mark || !notable || op === "create-replacement") return [];
    const why = diffs.length > 0 ? `  (${diffs.join(", ")})` : "";
    return [
      style(op === "delete" ? "red" : op === "create" ? "green" : "yellow", `  ${mark} ${label}${why}`, process.stdout),
    ];
  });
  const order = rolloutText(rollout);
  const ordered = order
    ? ["", style("bold", "Machines that are there change in this order", process.stdout), order]
    : [];
  return [...lines, ...ordered].join("\n") || "no changes";
}
