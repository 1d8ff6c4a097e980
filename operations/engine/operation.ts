import type { Deployment, EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import type { TransformedResource } from "../../config/transforms.ts";
import type { RelaxedRules } from "../../plan/relaxed-rules.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import type { SiteTransforms } from "../../program/transforms.ts";
import type { AskedPackages } from "../../provider/packages.ts";
import { sealAll } from "../../toolchain/cache-seal.ts";
import type { LoadedEnvironment } from "../environments.ts";
import { runSteps, type Step } from "../steps.ts";
import { plannedWorkers, type WorkerChange, withDeferredCheckpoint, workerChange } from "./deferred-checkpoints.ts";
import { engineMessage, isEngineError, unusableState } from "./engine-error.ts";
import { keepFailedCreates } from "./failed-creates.ts";
import { type Interrupt, watchInterrupts } from "./interrupt.ts";
import type { Failure, Outcome } from "./progress.ts";
import { ProgressView } from "./progress-view.ts";
import { engineWords } from "./shortcuts.ts";
import { lockInForeignBackend } from "./stale-lock.ts";
import { pluginFolder } from "./state.ts";
import { openWorkspace } from "./workspace.ts";

/** `maintain` does what `up` does, and more. */
export type Command = "up" | "maintain" | "preview" | "refresh" | "destroy";

export interface OperationResult {
  environment: string;
  command: Command;
  result: "succeeded" | "failed" | "interrupted";
  seconds: number;
  /** Resources by operation, as the engine counts them. */
  changes: Record<string, number>;
  outcomes: readonly Outcome[];
  failures: readonly Failure[];
  /** Resources that the environment's transforms changed; absent where it has none, or the program did not run. */
  transformed?: readonly TransformedResource[];
  /** Policies that the environment's file relaxes; absent where there are none, or the program did not run. */
  relaxed?: RelaxedRules;
  /** Changes of machines that are there, in the order in which `up` makes them; of a preview only. */
  rollout?: RolloutStage[];
}

/** State that the steps share of an operation that runs the engine. */
export interface Operation {
  /** A step may put another in its place. */
  loaded: LoadedEnvironment;
  /** Machines whose data the user gives away. */
  allowedLosses?: readonly string[];
  /** Host keys that the user vouches for: `<machine>=<fingerprint>`. */
  acceptedHostKeys?: readonly string[];
  /** Result of the engine's run; absent until then. */
  result?: OperationResult;
}

/** An operation after its engine's run. */
export type Operated = Operation & Required<Pick<Operation, "result">>;

/** State that the steps of an engine's run share. */
export interface EngineRun extends Pick<Operation, "loaded" | "allowedLosses" | "acceptedHostKeys"> {
  stack: Stack;
  /** Options for the engine's every operation. */
  options: EngineOptions;
  /** Options for operations that change things to what the program says, or preview that. */
  programOptions: EngineOptions & { refresh: true; policyPacks: string[] };
  /** Counts workers that come or go, as the state was before the first step. */
  workers(): WorkerChange;
  /** True where so many workers change in place, or are made anew, that the state is saved at the end only. @default false */
  changesMany?: boolean;
  /** Outcomes of a preview, once a step has asked for one. */
  previewed?: readonly Outcome[];
  /** The environment's transforms, if it has any. */
  transforms?: SiteTransforms;
  /** Security updates that the machines are asked for; absent where they are not. */
  packages?: AskedPackages;
  /** Gives the state before the first step. */
  state(): Promise<Deployment>;
}

interface EngineOptions {
  onEvent(event: EngineEvent): void;
  signal: AbortSignal;
  color: "never";
  suppressProgress: true;
  parallel: number;
}

/** Runs the steps of an operation of which one runs the engine. Throws what the steps throw. */
export async function operate(operation: Operation, steps: readonly Step<Operation>[]): Promise<Operated> {
  await runSteps(steps, operation);
  const { result } = operation;
  if (!result) throw new Error("no step of this operation ran the engine");
  return { ...operation, result };
}

/** Makes the step in which an operation runs the engine. The engine's own failures become the operation's result. */
export function engineStep(command: Command, steps: readonly Step<EngineRun>[]): Step<Operation>["run"] {
  return async (operation) => {
    operation.result = await runEngine(command, operation, steps);
  };
}

/**
 * Opens the stack, settles what the last run left, and runs the steps, with progress on standard error. The first Ctrl-C stops
 * the engine in good order.
 */
async function runEngine(
  command: Command,
  { loaded, allowedLosses, acceptedHostKeys }: Operation,
  steps: readonly Step<EngineRun>[],
): Promise<OperationResult> {
  const interrupt = watchInterrupts(`./kpaas ${command} ${loaded.name}`);
  const began = performance.now();
  let view: ProgressView | undefined;
  let transforms: SiteTransforms | undefined;
  let succeeded = false;
  let unexplained: Failure[] = [];
  try {
    const workspace = await openWorkspace(loaded, command === "preview");
    ({ transforms } = workspace);
    view = new ProgressView(["up", "maintain"].includes(command) ? planMachines(loaded.environment).length : 0);
    const { stack, policyPacks } = workspace;
    const options = engineOptions(view, interrupt);
    // Refreshed first, so that what was changed or removed by hand is seen and mended.
    const programOptions = { ...options, refresh: true, policyPacks } as const;
    const wanted = () => (command === "destroy" ? 0 : plannedWorkers(loaded.environment));
    const workers = once(() => workerChange(loaded.environment, wanted()));
    const state = once(() => stack.exportStack());
    const given = { loaded, allowedLosses, acceptedHostKeys };
    await runSteps(steps, { ...given, stack, options, programOptions, workers, transforms, state });
    succeeded = true;
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
    // What was there before was judged as the workspace was opened.
    if (view) sealAll(pluginFolder());
    view?.end();
    interrupt.dispose();
  }
  const { changes = {}, outcomes, failures = [] } = view?.state ?? {};
  const relaxed = runsProgram(command) ? await relaxedIn(loaded.environment) : undefined;
  return {
    environment: loaded.name,
    command,
    result: succeeded ? "succeeded" : interrupt.requested ? "interrupted" : "failed",
    seconds: (performance.now() - began) / 1000,
    changes,
    outcomes: [...(outcomes?.values() ?? [])],
    failures: [...failures, ...unexplained],
    ...(transforms && runsProgram(command) ? { transformed: transforms.changed } : {}),
    ...(relaxed ? { relaxed } : {}),
  };
}

/** Tells which policies are relaxed; of most environments none is, and the rules need not be read. */
async function relaxedIn(environment: Environment): Promise<RelaxedRules | undefined> {
  if (Object.keys(environment.policies.rules).length === 0) return undefined;
  return (await import("../../plan/relaxed-rules.ts")).relaxedRules(environment);
}

const runsProgram = (command: Command): boolean => ["up", "maintain", "preview"].includes(command);

/** The engine's default is four for each core; most of ours wait for machines, which costs it nothing. */
const parallel = 128;

function engineOptions(view: ProgressView, interrupt: Interrupt): EngineOptions {
  const onEvent = (event: EngineEvent) => {
    if (engineWords.isStopping(event.stdoutEvent?.message ?? "")) interrupt.engineIsStopping();
    // What is cut off fails, which is no failure of its own.
    else if (!(interrupt.requested && event.diagnosticEvent?.severity === "error")) view.onEvent(event);
  };
  return { onEvent, signal: interrupt.signal, color: "never", suppressProgress: true, parallel };
}

function once<T>(compute: () => T): () => T {
  let known: { value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

/** Runs one of the engine's operations, of many workers with one checkpoint at its end. */
export async function checkpointed(
  { stack, loaded, workers, changesMany = false }: EngineRun,
  operation: () => Promise<unknown>,
): Promise<void> {
  if (workers().isBulk || changesMany) await withDeferredCheckpoint(stack, loaded.name, { surging: [] }, operation);
  else await operation();
}

/** Lists what is not as the program has it. Refreshes come before every operation and say nothing by themselves. */
export const changesOf = ({ outcomes }: OperationResult): Outcome[] =>
  outcomes.filter(({ op }) => !["same", "refresh", "read"].includes(op));
