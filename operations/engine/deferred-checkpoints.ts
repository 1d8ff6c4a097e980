import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import { unsavedMarker } from "../../program/unsaved-marker.ts";
import { type FailedCreate, withoutSecrets } from "./failed-creates.ts";
import { environmentFolder, isForeignBackend, readStackState } from "./state.ts";

/** From so many workers that come or go at once, saving the whole state at each step would take longer than the steps. */
const manyWorkers = 50;

export interface Crowd {
  /** Workers that the state knows; 0, too, where each step is saved anyway. */
  there: number;
  /** So many come or go that the state is better saved at the end only. */
  isMany: boolean;
}

/** `wanted`: workers that are to be there in the end. The embedded infrastructure asks its engine at each step anyway. */
export function workerCrowd({ name, infrastructure }: Environment, wanted: number): Crowd {
  if (infrastructure.kind === "local" || isForeignBackend()) return { there: 0, isMany: false };
  const ofWorkers = readStackState(name)?.resources.filter(({ urn }) => urn.includes("$kpaas:index:WorkerPool$")) ?? [];
  // Of one that was under way a worker may have its machine only, or its node.
  const there = Math.max(0, ...Object.values(countBy(ofWorkers, ({ type }) => type)));
  return { there, isMany: Math.abs(wanted - there) >= manyWorkers };
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

export const plannedWorkers = (environment: Environment): number =>
  planMachines(environment).filter(({ role }) => role === "worker").length;

/**
 * Runs an operation whose engine saves the state at the end only. Of one that is killed the next run hears by a file of ours, asks
 * what the program still wants to create, and the cloud which of it is there.
 */
export async function withoutCheckpoints(stack: Stack, name: string, operation: () => Promise<unknown>): Promise<void> {
  const { workspace } = stack;
  const usual = workspace.envVars;
  writeFileSync(marker(name), "", { mode: 0o600 });
  workspace.envVars = { ...usual, PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
  try {
    await operation();
  } finally {
    workspace.envVars = usual;
  }
  endUnsaved(name);
}

export const isUnsaved = (name: string): boolean => existsSync(marker(name));

export const endUnsaved = (name: string): void => rmSync(marker(name), { force: true });

const marker = (name: string): string => unsavedMarker(environmentFolder(name));

/** What the program would create now, components too, as far as its inputs are known. */
export async function plannedCreates(stack: Stack): Promise<FailedCreate[]> {
  const creates: FailedCreate[] = [];
  const onEvent = ({ resourcePreEvent }: EngineEvent) => {
    const { op, new: state } = resourcePreEvent?.metadata ?? {};
    if (state && (op === "create" || op === "create-replacement")) creates.push(state);
  };
  await stack.preview({ refresh: true, onEvent, suppressProgress: true });
  return withoutSecrets(creates);
}
