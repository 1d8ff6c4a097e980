import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import { deferredCheckpointMarker } from "../../program/deferred-checkpoint.ts";
import { type FailedCreate, withoutSecrets } from "./failed-creates.ts";
import type { Outcome } from "./progress.ts";
import { deferredCheckpointVariables, defersCheckpoints } from "./shortcuts.ts";
import { environmentFolder, isForeignBackend, readStackState } from "./state.ts";

export interface WorkerChange {
  /** Workers that the state knows; 0, too, where each step is saved anyway. */
  present: number;
  /** True where so many come or go that the state is better saved at the end only. */
  isBulk: boolean;
}

/**
 * Compares workers in the state with those `wanted`, which are to be there in the end. On `local`, whose container engine is
 * asked at each step anyway, nothing is compared.
 */
export function workerChange({ name, infrastructure }: Environment, wanted: number): WorkerChange {
  if (infrastructure.kind === "local" || isForeignBackend()) return { present: 0, isBulk: false };
  const ofWorkers = readStackState(name)?.resources.filter(isOfPool) ?? [];
  // A worker that was under way may have its machine only, or its node.
  const present = Math.max(0, ...Object.values(countBy(ofWorkers, ({ type }) => type)));
  return { present, isBulk: defersCheckpoints(Math.abs(wanted - present)) };
}

const isOfPool = ({ urn }: { urn: string }): boolean => urn.includes("$kpaas:index:WorkerPool$");

/** Tells whether a resource is one worker's own; a pool's pins are not. */
const isOfWorker = (resource: { urn: string; type: string }): boolean =>
  isOfPool(resource) && resource.type !== "kpaas:index:Pinned";

/** Gives the URNs of all that the state has of workers. */
export const workersInState = (name: string): string[] =>
  (readStackState(name)?.resources ?? []).filter(isOfWorker).map(({ urn }) => urn);

/**
 * Tells whether a preview changes so many workers that the state is better saved at the end only, once all else is made. Where anything
 * else goes, workers may hang on it: such a run cannot be made in two parts.
 */
export function isBulkRollout(previewed: readonly Outcome[]): boolean {
  const changed = previewed.filter(({ op }) => !unchanged.includes(op));
  const workers = new Map(changed.filter(isOfWorker).map((outcome) => [outcome.urn, outcome]));
  const count = Math.max(0, ...Object.values(countBy([...workers.values()], ({ type }) => type)));
  return defersCheckpoints(count) && changed.every((each) => isOfWorker(each) || stays.includes(each.op));
}

const unchanged: readonly string[] = ["same", "refresh", "read"];

/** Operations after which what depends on a resource is as before. */
const stays: readonly string[] = ["create", "update"];

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

export const plannedWorkers = (environment: Environment): number =>
  planMachines(environment).filter(({ role }) => role === "worker").length;

/** Facts of a run whose state was not saved, for the run that settles it. */
export interface MissedCheckpoint {
  /** Pools that had machines more, which stood in for others: the environment's file has them not. */
  surging: readonly string[];
}

/**
 * Runs an operation whose state the engine saves at its end only. If it is killed, a marker tells the next run, which asks the
 * program what it still wants to create, and the cloud which of it is there.
 */
export async function withDeferredCheckpoint(
  stack: Stack,
  name: string,
  run: MissedCheckpoint,
  operation: () => Promise<unknown>,
): Promise<void> {
  const { workspace } = stack;
  const usual = workspace.envVars;
  writeFileSync(marker(name), JSON.stringify(run), { mode: 0o600 });
  workspace.envVars = { ...usual, ...deferredCheckpointVariables };
  try {
    await operation();
  } finally {
    workspace.envVars = usual;
  }
  forgetMissedCheckpoint(name);
}

/** Tells whether an operation was killed before its only checkpoint. */
export const hasMissedCheckpoint = (name: string): boolean => existsSync(marker(name));

/** Gives what is known of an operation that was killed before its only checkpoint; undefined where there was none. */
export function missedCheckpoint(name: string): MissedCheckpoint | undefined {
  if (!hasMissedCheckpoint(name)) return undefined;
  // Earlier releases left it empty, and so does one that is killed as it writes it: before anything is made.
  const text = readFileSync(marker(name), "utf8");
  return text === "" ? { surging: [] } : JSON.parse(text);
}

export const forgetMissedCheckpoint = (name: string): void => rmSync(marker(name), { force: true });

const marker = (name: string): string => deferredCheckpointMarker(environmentFolder(name));

/** Lists what the program would create now, components too, as far as its inputs are known. */
export async function plannedCreates(stack: Stack): Promise<FailedCreate[]> {
  const creates: FailedCreate[] = [];
  const onEvent = ({ resourcePreEvent }: EngineEvent) => {
    const { op, new: state } = resourcePreEvent?.metadata ?? {};
    if (state && (op === "create" || op === "create-replacement")) creates.push(state);
  };
  await stack.preview({ refresh: true, onEvent, suppressProgress: true });
  return withoutSecrets(creates);
}
