import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";
import { type Described, describeResource, resourceName } from "./describe.ts";
import { formatSeconds } from "./terminal.ts";

interface Running extends Described {
  op: OpType;
  /** Milliseconds since the epoch, as all times here. */
  since: number;
  /** What the provider last said about it. */
  message?: string;
}

export interface Outcome {
  op: OpType;
  urn: string;
  type: string;
  /** In the program. */
  name: string;
  label: string;
  notable: boolean;
  /** Properties that differ, for an update or replacement. */
  diffs: string[];
}

/** A resource as the engine's events tell of it: without its secrets. */
export type ResourceState = NonNullable<Metadata["new"]>;

export interface Failure {
  label: string;
  message: string;
  /** Name of the machine it is about. */
  machine?: string;
}

/** What is known of an operation from the engine's events so far. */
export interface Progress {
  since: number;
  /** Machines of the environment's plan; 0 where that is of no interest. */
  machines: number;
  running: Readonly<Record<string, Running>>;
  /** Every resource that was ever begun, by URN. */
  described: Readonly<Record<string, Described>>;
  ready: readonly string[];
  /** In order of completion, unchanged ones too. */
  outcomes: readonly Outcome[];
  failures: readonly Failure[];
  /** Resources that could not be created, for all that the engine heard. */
  failedCreates: readonly ResourceState[];
  /** When each resource's passing messages were last printed. */
  printed: Readonly<Record<string, number>>;
  changes: Readonly<Record<string, number>>;
}

export interface Step {
  progress: Progress;
  /** To be printed above the live block. */
  lines: string[];
}

/** Passing messages about one resource are printed at most so often where there is no live block. */
const messageEveryMs = 15_000;

export const startProgress = (since: number, machines = 0): Progress => ({
  since,
  machines,
  running: {},
  described: {},
  ready: [],
  outcomes: [],
  failures: [],
  failedCreates: [],
  printed: {},
  changes: {},
});

/** Takes in one event. `live`: a live block shows passing messages, so they need no lines. */
export function advance(progress: Progress, event: EngineEvent, at: number, live = false): Step {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent, summaryEvent } = event;
  if (resourcePreEvent) return begin(progress, resourcePreEvent.metadata, at);
  if (resOutputsEvent) return finish(progress, resOutputsEvent.metadata, at, resOutputsEvent.planning ?? false);
  if (resOpFailedEvent) return giveUp(progress, resOpFailedEvent.metadata);
  if (diagnosticEvent) return diagnose(progress, diagnosticEvent, at, live);
  if (policyEvent) {
    const label = `policy ${policyEvent.policyName}`;
    const message = plain(policyEvent.message);
    if (policyEvent.enforcementLevel === "mandatory") return fail(progress, { label, message }, at);
    return { progress, lines: [stamp(progress, at, `${label}: ${message}`)] };
  }
  if (summaryEvent)
    return { progress: { ...progress, changes: sum(progress.changes, summaryEvent.resourceChanges) }, lines: [] };
  return { progress, lines: [] };
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function begin(progress: Progress, metadata: Metadata, at: number): Step {
  const { op, urn } = metadata;
  if (op === "same" || op === "replace") return { progress, lines: [] };
  const described = { ...progress.described, [urn]: describe(metadata) };
  const running = { ...progress.running, [urn]: { ...describe(metadata), op, since: at } };
  return { progress: { ...progress, described, running }, lines: [] };
}

function finish(progress: Progress, metadata: Metadata, at: number, planning: boolean): Step {
  const { op, urn, type, diffs } = metadata;
  const started = progress.running[urn];
  const { label, notable, machine, readies, created } = describe(metadata);
  const gone = op.startsWith("delete") || op.startsWith("discard");
  // A component is reported again when its outputs are registered.
  const again = progress.outcomes.some((outcome) => outcome.urn === urn && outcome.op === op);
  const outcome = { op, urn, type, name: resourceName(urn), label, notable, diffs: diffs ?? [] };
  const next = {
    ...without(progress, urn),
    outcomes: again ? progress.outcomes : [...progress.outcomes, outcome],
    ready:
      readies && machine && !gone && op !== "refresh" ? [...new Set([...progress.ready, machine])] : progress.ready,
  };
  const done = op === "create" ? (created ?? "created") : pastTense[op];
  if (!notable || !done || planning) return { progress: next, lines: [] };
  const seconds = started ? (at - started.since) / 1000 : 0;
  // Waits and deliveries have nothing to delete.
  if (gone && seconds < 0.05) return { progress: next, lines: [] };
  return { progress: next, lines: [stamp(progress, at, `${label} ${done} (${formatSeconds(seconds)})`)] };
}

function giveUp(progress: Progress, { op, urn, new: state }: Metadata): Step {
  const creates = state && (op === "create" || op === "create-replacement") ? [state] : [];
  const failedCreates = [...progress.failedCreates, ...creates];
  return { progress: { ...without(progress, urn), failedCreates }, lines: [] };
}

/** Operations that are worth a line. */
const pastTense: Partial<Record<OpType, string>> = {
  "create-replacement": "created anew",
  update: "updated",
  delete: "deleted",
  "delete-replaced": "deleted to be replaced",
  import: "imported",
};

function diagnose(
  progress: Progress,
  { urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>,
  at: number,
  live: boolean,
): Step {
  const said = plain(message);
  if (!said || !severities.has(severity) || isNoise(said)) return { progress, lines: [] };
  const running = urn ? progress.running[urn] : undefined;
  const { label, machine } = describeUrn(progress, urn);
  if (severity === "error") return fail(progress, { label, message: said, machine }, at);
  const next =
    running && urn
      ? { ...progress, running: { ...progress.running, [urn]: { ...running, message: lastLine(said) } } }
      : progress;
  const isRepeated = ephemeral && at - (progress.printed[urn ?? ""] ?? Number.NEGATIVE_INFINITY) < messageEveryMs;
  if (ephemeral && (live || isRepeated)) return { progress: next, lines: [] };
  const printed = ephemeral ? { ...progress.printed, [urn ?? ""]: at } : progress.printed;
  const prefix = isStack(urn) ? "" : `${label}: `;
  return { progress: { ...next, printed }, lines: [stamp(progress, at, `${prefix}${said}`)] };
}

/** The engine also sends its debugging messages. */
const severities: ReadonlySet<string> = new Set(["info", "warning", "error"]);

const isNoise = (message: string): boolean => /^using pulumi-\S+ from \$PATH/.test(message);

function fail(progress: Progress, failure: Failure, at: number): Step {
  const known = progress.failures.some(({ label, message }) => label === failure.label && message === failure.message);
  if (known || isConsequence(failure.message)) return { progress, lines: [] };
  return {
    progress: { ...progress, failures: [...progress.failures, failure] },
    lines: [stamp(progress, at, `${failure.label} FAILED: ${failure.message.split("\n")[0]}`)],
  };
}

/** The engine's own closing words, and what it gave up because of another failure: they say nothing of what failed. */
const isConsequence = (message: string): boolean =>
  /^(update|preview|refresh|destroy) failed$|context canceled$/.test(message);

/** The live block: how far, and what is being done. At most `rows` lines. */
export function liveBlock(progress: Progress, now: number, rows = 8): string[] {
  const { machines, ready, outcomes, running, since } = progress;
  const head = [
    machines ? `${Math.min(ready.length, machines)} of ${machines} machines ready` : "",
    `${outcomes.filter(({ op }) => op !== "refresh").length} resources done`,
    formatSeconds((now - since) / 1000),
  ];
  const busy = Object.values(running)
    .filter(({ notable }) => notable)
    .sort((a, b) => a.since - b.since);
  const shown = busy.slice(0, rows - 2).map((operation) => {
    const message = operation.message ? `  ${operation.message}` : "";
    return `  ${operation.label}  ${formatSeconds((now - operation.since) / 1000)}${message}`;
  });
  const more = busy.length > shown.length ? [`  and ${busy.length - shown.length} more`] : [];
  return [head.filter(Boolean).join(", "), ...shown, ...more];
}

function describeUrn({ described }: Progress, urn: string | undefined): Described {
  return (urn && (described[urn] ?? describeResource(urn, typeOf(urn)))) || { label: "pulumi", notable: false };
}

function describe({ urn, type, new: after, old: before }: Metadata): Described {
  const state = after ?? before;
  return describeResource(urn, type, state?.inputs, state?.custom ?? false);
}

function without(progress: Progress, urn: string): Progress {
  const { [urn]: _done, ...running } = progress.running;
  return { ...progress, running };
}

const stamp = (progress: Progress, at: number, text: string): string =>
  `[${formatSeconds((at - progress.since) / 1000).padStart(7)}] ${text}`;

/** Without the engine's own colour marks. */
const plain = (message: string): string => message.replace(/<\{%.*?%\}>/g, "").trim();

const lastLine = (text: string): string => text.split("\n").at(-1) ?? text;

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const isStack = (urn: string | undefined): boolean => urn === undefined || typeOf(urn) === "pulumi:pulumi:Stack";

/** An operation may be two runs of the engine: what the first made is unchanged in the second. */
function sum(
  before: Readonly<Record<string, number>>,
  counts: Record<string, number | undefined>,
): Record<string, number> {
  const all = Object.entries(counts).map(([op, count = 0]) => [op, op === "same" ? count : count + (before[op] ?? 0)]);
  return { ...before, ...Object.fromEntries(all) };
}
