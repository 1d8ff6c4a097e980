import { isDeepStrictEqual } from "node:util";
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";
import { formatSeconds } from "../../lib/terminal.ts";
import { type Described, describeResource, resourceName } from "./describe.ts";
import { engineWords } from "./shortcuts.ts";

interface Running extends Described {
  op: OpType;
  /** Milliseconds since the epoch, as all times here. */
  since: number;
  /** The provider's last message about it. */
  message?: string;
}

export interface Outcome {
  op: OpType;
  urn: string;
  type: string;
  /** Name in the program. */
  name: string;
  label: string;
  notable: boolean;
  /** Name of the machine it is about. */
  machine?: string;
  /** Properties that differ, for an update or replacement. */
  diffs: string[];
  /** Kubernetes versions of a node that goes from one to another. */
  kubernetes?: { from: string; to: string };
}

/** A resource as the engine's events tell of it: without its secrets. */
export type ResourceState = NonNullable<Metadata["new"]>;

export interface Failure {
  label: string;
  message: string;
  /** Name of the machine it is about. */
  machine?: string;
}

/** An operation as the engine's events have told it so far. `advance` writes it: of thousands of events none costs a copy. */
export interface Progress {
  readonly since: number;
  /** Machines of the environment's plan; 0 where that is of no interest. */
  readonly machines: number;
  /** Resources that are being worked on, by URN. */
  readonly running: Map<string, Running>;
  /** Every resource that was ever begun, by URN. */
  readonly described: Map<string, Described>;
  /** Machines. */
  readonly ready: Set<string>;
  /** Outcomes in order of completion, unchanged ones too; by operation and URN, as components are reported twice. */
  readonly outcomes: Map<string, Outcome>;
  readonly failures: Failure[];
  /** Resources that could not be created, for all that the engine heard. */
  readonly failedCreates: ResourceState[];
  /** Times at which each resource's passing messages were last printed. */
  readonly printed: Map<string, number>;
  readonly changes: Record<string, number>;
}

/** Time between passing messages about one resource, at least, where there is no live block. */
const messageEveryMs = 15_000;

export const startProgress = (since: number, machines = 0): Progress => ({
  since,
  machines,
  running: new Map(),
  described: new Map(),
  ready: new Set(),
  outcomes: new Map(),
  failures: [],
  failedCreates: [],
  printed: new Map(),
  changes: {},
});

/**
 * Takes in one event. Gives the lines to be printed above the live block. `live`: there is one, which shows passing messages, so
 * they need no lines.
 */
export function advance(progress: Progress, event: EngineEvent, at: number, live = false): string[] {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent, summaryEvent } = event;
  if (resourcePreEvent) begin(progress, resourcePreEvent.metadata, at);
  if (resOutputsEvent) return finish(progress, resOutputsEvent.metadata, at, resOutputsEvent.planning ?? false);
  if (resOpFailedEvent) giveUp(progress, resOpFailedEvent.metadata);
  if (diagnosticEvent) return diagnose(progress, diagnosticEvent, at, live);
  if (policyEvent) {
    const label = `policy ${policyEvent.policyName}`;
    const message = plain(policyEvent.message);
    if (policyEvent.enforcementLevel === "mandatory") return fail(progress, { label, message }, at);
    return [stamp(progress, at, `${label}: ${message}`)];
  }
  if (summaryEvent) addUp(progress.changes, summaryEvent.resourceChanges);
  return [];
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function begin({ described, running }: Progress, metadata: Metadata, at: number): void {
  const { op, urn } = metadata;
  if (op === "same" || op === "replace") return;
  const description = describe(metadata);
  described.set(urn, description);
  running.set(urn, { ...description, op, since: at });
}

function finish(progress: Progress, metadata: Metadata, at: number, planning: boolean): string[] {
  const { op, urn, type } = metadata;
  const started = progress.running.get(urn);
  progress.running.delete(urn);
  const { label, notable, machine, readies, created } = describe(metadata);
  const gone = op.startsWith("delete") || op.startsWith("discard");
  const key = `${op} ${urn}`;
  // A component is reported again when its outputs are registered.
  if (!progress.outcomes.has(key))
    progress.outcomes.set(key, {
      op,
      urn,
      type,
      name: resourceName(urn),
      label,
      notable,
      machine,
      diffs: diffsOf(metadata),
      ...kubernetesOf(metadata),
    });
  if (readies && machine && !gone && op !== "refresh") progress.ready.add(machine);
  const done = op === "create" ? (created ?? "created") : pastTense[op];
  if (!notable || !done || planning) return [];
  const seconds = started ? (at - started.since) / 1000 : 0;
  // Waits and deliveries have nothing to delete.
  if (gone && seconds < 0.05) return [];
  return [stamp(progress, at, `${label} ${done} (${formatSeconds(seconds)})`)];
}

/** Gives what differs; where the provider does not say, the inputs that do. Secrets look alike. */
function diffsOf({ diffs = [], old, new: wanted }: Metadata): string[] {
  if (diffs.length > 0 || !old || !wanted) return diffs;
  const [before, after] = [old.inputs, wanted.inputs];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

/** Gives both versions where a resource goes from one Kubernetes version to another. */
function kubernetesOf({ old, new: wanted }: Metadata): Pick<Outcome, "kubernetes"> {
  const [from, to] = [old?.inputs.kubernetesVersion, wanted?.inputs.kubernetesVersion];
  return typeof from === "string" && typeof to === "string" && from !== to ? { kubernetes: { from, to } } : {};
}

function giveUp({ running, failedCreates }: Progress, { op, urn, new: state }: Metadata): void {
  running.delete(urn);
  if (state && (op === "create" || op === "create-replacement")) failedCreates.push(state);
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
): string[] {
  const said = plain(message);
  if (!said || !severities.has(severity) || engineWords.isNoise(said)) return [];
  const { label, machine } = describeUrn(progress, urn);
  if (severity === "error") return fail(progress, { label, message: said, machine }, at);
  const running = urn ? progress.running.get(urn) : undefined;
  if (running) running.message = lastLine(said);
  if (ephemeral) {
    const isRepeated = at - (progress.printed.get(urn ?? "") ?? Number.NEGATIVE_INFINITY) < messageEveryMs;
    if (live || isRepeated) return [];
    progress.printed.set(urn ?? "", at);
  }
  const prefix = isStack(urn) ? "" : `${label}: `;
  return [stamp(progress, at, `${prefix}${said}`)];
}

/** The engine also sends its debugging messages. */
const severities: ReadonlySet<string> = new Set(["info", "warning", "error"]);

function fail(progress: Progress, failure: Failure, at: number): string[] {
  const { failures } = progress;
  const known = failures.some(({ label, message }) => label === failure.label && message === failure.message);
  if (known || engineWords.isConsequence(failure.message)) return [];
  failures.push(failure);
  return [stamp(progress, at, `${failure.label} FAILED: ${failure.message.split("\n")[0]}`)];
}

/** Renders the live block: how far, and what is being done. At most `rows` lines. */
export function liveBlock(progress: Progress, now: number, rows = 8): string[] {
  const { machines, ready, outcomes, running, since } = progress;
  const head = [
    machines ? `${Math.min(ready.size, machines)} of ${machines} machines ready` : "",
    `${[...outcomes.values()].filter(({ op }) => op !== "refresh").length} resources done`,
    formatSeconds((now - since) / 1000),
  ];
  const busy = [...running.values()].filter(({ notable }) => notable).sort((a, b) => a.since - b.since);
  const shown = busy.slice(0, rows - 2).map((operation) => {
    const message = operation.message ? `  ${operation.message}` : "";
    return `  ${operation.label}  ${formatSeconds((now - operation.since) / 1000)}${message}`;
  });
  const more = busy.length > shown.length ? [`  and ${busy.length - shown.length} more`] : [];
  return [head.filter(Boolean).join(", "), ...shown, ...more];
}

function describeUrn({ described }: Progress, urn: string | undefined): Described {
  return (urn && (described.get(urn) ?? describeResource(urn, typeOf(urn)))) || { label: "pulumi", notable: false };
}

function describe({ urn, type, new: after, old: before }: Metadata): Described {
  const state = after ?? before;
  return describeResource(urn, type, state?.inputs, state?.custom ?? false);
}

const stamp = (progress: Progress, at: number, text: string): string =>
  `[${formatSeconds((at - progress.since) / 1000).padStart(7)}] ${text}`;

/** Takes the engine's own colour marks out of a message. */
const plain = (message: string): string => message.replace(/<\{%.*?%\}>/g, "").trim();

const lastLine = (text: string): string => text.split("\n").at(-1) ?? text;

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const isStack = (urn: string | undefined): boolean => urn === undefined || typeOf(urn) === "pulumi:pulumi:Stack";

/** Adds up the counts of an operation's runs of the engine, which may be two: what the first made is unchanged in the second. */
function addUp(changes: Record<string, number>, counts: Record<string, number | undefined>): void {
  for (const [op, count = 0] of Object.entries(counts))
    changes[op] = op === "same" ? count : count + (changes[op] ?? 0);
}
