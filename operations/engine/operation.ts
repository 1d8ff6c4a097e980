import type { Deployment, EngineEvent, Stack, UpOptions } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import { type TransformedResource, transformedInWords } from "../../config/transforms.ts";
import { formatSeconds, note, print, printJson, style } from "../../lib/terminal.ts";
import type { SiteTransforms } from "../../program/transforms.ts";
import type { LoadedEnvironment } from "../environments.ts";
import { engineMessage, isEngineError, unusableState } from "./engine-error.ts";
import { type FailedCreate, keepFailedCreates } from "./failed-creates.ts";
import { type Interrupt, interruptedExitCode, watchInterrupts } from "./interrupt.ts";
import { preloadProgram, withoutWorkers } from "./program.ts";
import type { Failure, Outcome } from "./progress.ts";
import { ProgressView } from "./progress-view.ts";
import { lockInForeignBackend } from "./stale-lock.ts";
import { plannedWorkers, withoutCheckpoints, workerCrowd } from "./unsaved.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

export type Verb = "up" | "preview" | "refresh" | "destroy";

export interface OperationResult {
  environment: string;
  command: Verb;
  result: "succeeded" | "failed" | "interrupted";
  seconds: number;
  /** Resources by operation, as the engine counts them. */
  changes: Record<string, number>;
  outcomes: readonly Outcome[];
  failures: readonly Failure[];
  /** Resources that the environment's transforms changed; absent where it has none, or the program did not run. */
  transformed?: readonly TransformedResource[];
}

/** Runs one of the engine's operations with progress on standard error. The engine's failures are in the result. */
export async function operate(loaded: LoadedEnvironment, command: Verb): Promise<OperationResult> {
  const interrupt = watchInterrupts(`./kpaas ${command} ${loaded.name}`);
  const began = performance.now();
  let view: ProgressView | undefined;
  let transforms: SiteTransforms | undefined;
  let succeeded = false;
  let unexplained: Failure[] = [];
  try {
    const workspace = await openWorkspace(loaded, command === "preview");
    ({ transforms } = workspace);
    view = new ProgressView(command === "up" ? planMachines(loaded.environment).length : 0);
    succeeded = await runEngine(workspace, loaded.environment, command, view, interrupt);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    const lock = lockInForeignBackend(error.message, loaded.name);
    if (lock) throw lock;
    if (!view) throw unusableState(loaded.name, error);
    keepFailedCreates(loaded.name, view.state.failedCreates);
    if (transforms?.failure) throw transforms.failure;
    if (view.state.failures.length === 0 && !interrupt.requested)
      unexplained = [{ label: "pulumi", message: engineMessage(error) }];
  } finally {
    view?.end();
    interrupt.dispose();
  }
  const { changes = {}, outcomes, failures = [] } = view?.state ?? {};
  return {
    environment: loaded.name,
    command,
    result: succeeded ? "succeeded" : interrupt.requested ? "interrupted" : "failed",
    seconds: (performance.now() - began) / 1000,
    changes,
    outcomes: [...(outcomes?.values() ?? [])],
    failures: [...failures, ...unexplained],
    ...(transforms && runsProgram(command) ? { transformed: transforms.changed } : {}),
  };
}

/** The engine's default is four for each core; most of ours wait for machines, which costs it nothing. */
const parallel = 128;

async function runEngine(
  { stack, policyPacks, transforms }: Workspace,
  environment: Environment,
  command: Verb,
  view: ProgressView,
  interrupt: Interrupt,
): Promise<boolean> {
  const onEvent = (event: EngineEvent) => {
    if (event.stdoutEvent?.message.includes("^C received")) interrupt.engineIsStopping();
    // What is cut off fails, which is no failure of its own.
    else if (!(interrupt.requested && event.diagnosticEvent?.severity === "error")) view.onEvent(event);
  };
  const options = { onEvent, signal: interrupt.signal, color: "never", suppressProgress: true, parallel } as const;
  // Refreshed first, so that what was changed or removed by hand is seen and mended.
  const checked = { ...options, refresh: true, policyPacks };
  if (runsProgram(command)) preloadProgram(environment);
  if (command === "up") await bringUp(stack, environment, checked, transforms);
  else if (command === "preview") await stack.preview(checked);
  else if (command === "refresh") await stack.refresh(options);
  else {
    const state = await stack.exportStack();
    await unprotect(stack, state);
    keepFailedCreates(environment.name, resourcesOf(state).filter(goesWithAnother));
    const destroy = () => stack.destroy(options);
    if (workerCrowd(environment, 0).isMany) await withoutCheckpoints(stack, environment.name, destroy);
    else await destroy();
  }
  return true;
}

const runsProgram = (command: Verb): boolean => command === "up" || command === "preview";

/** Many workers come after all else: the platform's secrets are in the state alone, and saved as they are made. */
async function bringUp(
  stack: Stack,
  environment: Environment,
  options: UpOptions,
  transforms: SiteTransforms | undefined,
): Promise<void> {
  const { there, isMany } = workerCrowd(environment, plannedWorkers(environment));
  if (!isMany) {
    await stack.up(options);
    return;
  }
  if (there === 0) await withoutWorkers(stack, transforms, () => stack.up(options));
  await withoutCheckpoints(stack, environment.name, () => stack.up(options));
}

interface StateResource extends FailedCreate {
  protect?: boolean;
  deletedWith?: string;
}

const resourcesOf = ({ deployment }: Deployment): StateResource[] => deployment.resources ?? [];

/** Disks with data are protected from an `up`; who destroys the whole environment has said yes to that. */
async function unprotect(stack: Stack, state: Deployment): Promise<void> {
  const kept = resourcesOf(state).filter(({ protect }) => protect);
  if (kept.length === 0) return;
  for (const resource of kept) resource.protect = false;
  await stack.importStack(state);
}

/**
 * What the state loses before the cloud deletes it together with its owner. Cut off in between, a destroy leaves it there unknown: the
 * next run asks for it as for what failed to be created, or an `up` would make it twice.
 */
const goesWithAnother = ({ deletedWith }: StateResource): boolean => Boolean(deletedWith);

/** Prints the end of an operation: JSON, or what was done, or what failed, why and what to do next. Gives the exit code. */
export async function reportOperation(result: OperationResult, json = false, next: string[] = []): Promise<number> {
  if (json) await printJson(jsonResult(result));
  if (result.result !== "succeeded") {
    reportFailure(result);
    return result.result === "interrupted" ? interruptedExitCode : 1;
  }
  if (json) return 0;
  const changes = changesInWords(result.changes) || "nothing to do";
  await print(`${result.command} ${result.environment}: ${changes}, ${formatSeconds(result.seconds)}`);
  if (result.transformed) await print(`changed by transform: ${transformedInWords(result.transformed)}`);
  if (next.length > 0) await print(next.map((line, index) => `${index === 0 ? "next: " : "      "}${line}`).join("\n"));
  return 0;
}

/** What is not as the program has it. Refreshes come before every operation and say nothing by themselves. */
export const changesOf = ({ outcomes }: OperationResult): Outcome[] =>
  outcomes.filter(({ op }) => !["same", "refresh", "read"].includes(op));

/** Of a refresh before another operation only what it found gone is a change. */
function jsonResult({ outcomes, ...result }: OperationResult): Record<string, unknown> {
  const resources = outcomes
    .filter(({ op }) => op !== "refresh" || result.command === "refresh")
    .map(({ op, type, name, diffs }) => ({ op, type, name, diffs }));
  return { ...result, resources };
}

function reportFailure({ command, environment, result, seconds, failures }: OperationResult): void {
  const after = formatSeconds(seconds);
  if (result === "interrupted") note(`${command} ${environment} was stopped after ${after}`);
  else note(`${style("red", "error:")} ${command} ${environment} failed after ${after}`);
  for (const { label, message } of failures) note(`  ${style("bold", label)}: ${message.replaceAll("\n", "\n    ")}`);
  const machines = [...new Set(failures.flatMap(({ machine }) => machine ?? []))];
  const logs = machines.slice(0, 3).map((machine) => `./kpaas logs ${environment} ${machine}`);
  const next = [...logs, `./kpaas ${command} ${environment}   (goes on from here)`];
  note(next.map((line, index) => `${index === 0 ? style("cyan", "next: ") : "      "}${line}`).join("\n"));
}

/** `3 created, 1 updated, 20 unchanged`; empty where nothing changed. */
export function changesInWords(changes: Record<string, number>): string {
  const words: [string, string][] = [
    ["create", "created"],
    ["update", "updated"],
    ["replace", "replaced"],
    ["delete", "deleted"],
    ["same", "unchanged"],
  ];
  const parts = words.flatMap(([op, word]) => (changes[op] ? [`${changes[op]} ${word}`] : []));
  return parts.join(", ");
}
