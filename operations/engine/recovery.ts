import { isDeepStrictEqual } from "node:util";
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import type { Environment } from "../../config/environment.ts";
import { UserError } from "../../lib/errors.ts";
import { note } from "../../lib/terminal.ts";
import { hasMissedCheckpoint, plannedCreates } from "./deferred-checkpoints.ts";
import { type FailedCreate, isAskedOfCloud, keepFailedCreates } from "./failed-creates.ts";
import { isForeignBackend } from "./state.ts";

interface StateResource extends FailedCreate {
  delete?: boolean;
  /** True where it was deleted to make room for its successor; it stands for that in the state until it is there. */
  pendingReplacement?: boolean;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
}

interface State {
  resources?: StateResource[];
  pending_operations?: { type: string; resource: StateResource }[];
}

/**
 * Settles what a killed run had under way, and what a `failed` one could not create. It takes into the state, and counts, what
 * the cloud made without the state's knowing; it forgets what the cloud did not make, and the next operation makes it. Throws,
 * with the state as it was, where the cloud cannot be asked.
 */
export async function recoverPending(stack: Stack, environment: Environment, failed: FailedCreate[]): Promise<number> {
  const before = await stack.exportStack();
  const { resources = [], pending_operations: pending = [] }: State = before.deployment;
  const killed = pending.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  const all = [...killed, ...failed];
  const creates = askable(all, resources);
  const adopted = await lookFor(creates, resources, stack, environment);
  const parents = missingParents(adopted, all, new Set(resources.map(({ urn }) => urn)));
  const urns = new Set(adopted.map(({ urn }) => urn));
  // A shared state may be another run's that is still at it: while it is, the lock refuses the import, and after it this does.
  if (isForeignBackend() && !isDeepStrictEqual(await stack.exportStack(), before)) throw changedMeanwhile(environment);
  const known = hasMissedCheckpoint(environment.name) ? withoutPredecessors(resources, adopted) : resources;
  await stack.importStack(
    withState(before, { resources: settled([...known, ...parents], adopted), pending_operations: [] }),
  );
  if (adopted.length === 0) return 0;
  try {
    await stack.refresh({ target: [...urns] });
  } catch (error) {
    // A state that is imported keeps no pending operations: the next run would not look for what was made.
    if (!hasMissedCheckpoint(environment.name)) keepFailedCreates(environment.name, creates);
    await stack.importStack(before);
    throw notSettled(error);
  }
  note(`taken over from it: ${adopted.length} that the cloud had made unheard`);
  return adopted.length;
}

/** Leaves out what has no parent there: a run that saved nothing made it, and the program is asked for it. */
function askable(all: FailedCreate[], resources: StateResource[]): FailedCreate[] {
  const there = new Set([...resources, ...all].map(({ urn }) => urn));
  return all.filter((each) => isAskedOfCloud(each) && (!each.parent || there.has(each.parent)));
}

/** Finds those of `creates` that the cloud has, as a state holds them. */
async function lookFor(
  creates: FailedCreate[],
  resources: StateResource[],
  stack: Stack,
  environment: Environment,
): Promise<StateResource[]> {
  const known = new Set(resources.flatMap(({ id }) => id ?? []));
  const ids = await askCloud(stack, environment, creates, known);
  return creates.flatMap((resource, index) => {
    const id = ids[index];
    return id ? [{ ...resource, id, outputs: resource.inputs }] : [];
  });
}

/**
 * Takes into the state what an operation made that was killed before the engine saved it. Throws, with the state as it was, where
 * the program or the cloud cannot be asked.
 */
export async function recoverMissedCheckpoint(stack: Stack, environment: Environment): Promise<void> {
  for (;;) {
    const creates = await plannedCreates(stack).catch((error: unknown) => {
      throw notSettled(error);
    });
    // What hangs on something unknown is asked for once that is taken over.
    const known = creates.filter(({ custom, inputs }) => !custom || !JSON.stringify(inputs).includes(unknownValue));
    const adopted = await recoverPending(stack, environment, known);
    if (adopted === 0 || known.length === creates.length) return;
  }
}

/** Finds components that the state lacks, as nothing was saved since they were registered: outer ones first. */
function missingParents(adopted: FailedCreate[], all: FailedCreate[], known: Set<string>): FailedCreate[] {
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  const upwards = (resource: FailedCreate): FailedCreate[] => {
    const parent = resource.parent && !known.has(resource.parent) ? byUrn.get(resource.parent) : undefined;
    return parent ? [...upwards(parent), parent] : [];
  };
  return [...new Set(adopted.flatMap(upwards))];
}

/**
 * Forgets the nodes of machines that a run which saved nothing has made anew. To the state they are their predecessors': the next run
 * would empty them and have them join again. Made as if they were new, they take over what is there.
 */
function withoutPredecessors(resources: StateResource[], adopted: StateResource[]): StateResource[] {
  const successors = new Set(adopted.map(({ urn }) => urn));
  const gone = new Set(resources.filter(({ urn }) => successors.has(urn)).map(({ id }) => id));
  const isOfGone = ({ type, inputs = {} }: StateResource) =>
    type.startsWith("kpaas:") && typeof inputs.machineId === "string" && gone.has(inputs.machineId);
  const forgotten = new Set(resources.filter(isOfGone).map(({ urn }) => urn));
  const stays = (urn: string) => !forgotten.has(urn);
  return resources
    .filter(({ urn }) => stays(urn))
    .map(({ dependencies = [], propertyDependencies = {}, ...resource }) => ({
      ...resource,
      dependencies: dependencies.filter(stays),
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([key, urns]) => [key, urns?.filter(stays) ?? null]),
      ),
    }));
}

/** Marks for deletion what a half-done replacement was to replace, unless it went first: then its successor takes its place. */
function settled(resources: StateResource[], adopted: StateResource[]): StateResource[] {
  const successors = new Map(adopted.map((resource) => [resource.urn, resource]));
  const kept = resources.map((resource) => {
    const successor = successors.get(resource.urn);
    if (!successor) return resource;
    if (!resource.pendingReplacement) return { ...resource, delete: true };
    successors.delete(resource.urn);
    return successor;
  });
  return [...kept, ...successors.values()];
}

function withState(exported: Deployment, state: State): Deployment {
  return { ...exported, deployment: { ...exported.deployment, ...state } };
}

/** Asks the cloud by a program of its own, which changes nothing, so that credentials are found as the platform's are. */
async function askCloud(
  stack: Stack,
  environment: Environment,
  creates: StateResource[],
  known: ReadonlySet<string>,
): Promise<(string | undefined)[]> {
  if (creates.length === 0) return [];
  const { workspace } = stack;
  const { program } = workspace;
  let answer: Promise<(string | undefined)[]> | undefined;
  workspace.program = async () => {
    const { findPending } = await import("../../program/find-pending.ts");
    const pending = creates.map(({ type, inputs = {} }) => ({ type, inputs }));
    answer = findPending(environment, pending, known);
    await answer;
  };
  let failure: unknown;
  try {
    await stack.preview();
  } catch (error) {
    // To the engine, all that this program leaves out would be deleted, even what is protected.
    failure = error;
  } finally {
    workspace.program = program;
  }
  try {
    if (!answer) throw failure;
    return await answer;
  } catch (error) {
    throw notSettled(error);
  }
}

function changedMeanwhile({ name }: Environment): UserError {
  return new UserError(
    `${name} is being changed by another run: its state has changed meanwhile`,
    "wait for it to end, then run the same command again",
  );
}

function notSettled(error: unknown): UserError {
  const why = error instanceof Error ? error.message : String(error);
  return new UserError(
    `the last run ended while it created resources, and the cloud does not tell which of them are there: ${why}`,
    "check the credentials and the cloud's API, then try again: nothing was changed",
  );
}
