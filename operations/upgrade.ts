import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Environment } from "../config/environment.ts";
import { machineSets } from "../config/machine-sets.ts";
import { parseEnvironment } from "../config/parse.ts";
import { UserError } from "../lib/errors.ts";
import { editOf } from "../plan/edit.ts";
import { readStackState } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { allowedLosses, refuseChanges } from "./living-platform.ts";
import { requireReady } from "./readiness.ts";
import { edited, type FileEdit, type FileValue } from "./stack-file-edit.ts";
import { shownPath } from "./stacks-folder.ts";

export interface UpgradeOptions {
  /** Kubernetes version to go to. */
  to?: string;
  /** True where every machine is to be made anew of the present image. */
  images?: boolean;
}

/** An upgrade as it was asked for, before anything is done. */
export interface Upgrade {
  before: LoadedEnvironment;
  /** The environment as its file will say. */
  after: LoadedEnvironment;
  /** The file's text with the upgrade in it. */
  text: string;
}

/** Works out what an upgrade makes of an environment's file; writes nothing. Throws UserError where it cannot be. */
export async function upgradeOf(before: LoadedEnvironment, options: UpgradeOptions): Promise<Upgrade> {
  const { name, path, environment } = before;
  const text = edited(await readFile(path, "utf8"), editsOf(before, options));
  const file = parse(text);
  const after = { name, path, file, environment: upgraded(before, file.config[environmentKey]) };
  const [refused] = editOf(environment, after.environment).refused;
  if (refused) throw new UserError(`${refused.path}: ${refused.reason}`, unchanged(before));
  refuseChanges(after, readStackState(name) ?? {});
  return { before, after, text };
}

/**
 * Writes the file of an upgrade, unless data would be lost that nobody gives away, or `ready` throws what would stop the `up`. Gives
 * the losses that `up` may make.
 */
export async function writeUpgrade(
  { after, text }: Upgrade,
  losses: readonly string[] = [],
  ready: (after: LoadedEnvironment) => Promise<void> = requireReady,
): Promise<string[]> {
  const allowed = await allowedLosses(after, readStackState(after.name) ?? {}, losses);
  await ready(after);
  const draft = `${after.path}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, after.path);
  } finally {
    rmSync(draft, { force: true });
  }
  return allowed;
}

const environmentKey = "kpaas:environment";
const root = ["config", environmentKey] as const;

/** Checks the upgraded settings by the rules of every file. Throws UserError that says that the file is as it was. */
function upgraded(before: LoadedEnvironment, raw: unknown): Environment {
  try {
    return parseEnvironment(before.name, raw, shownPath(before.path));
  } catch (error) {
    if (error instanceof UserError) throw new UserError(error.message, unchanged(before));
    throw error;
  }
}

const unchanged = ({ path }: LoadedEnvironment): string =>
  `ask for another version; ${shownPath(path)} is as it was, and nothing was changed`;

function editsOf({ name, file, environment }: LoadedEnvironment, { to, images }: UpgradeOptions): FileEdit[] {
  if (to === undefined && !images)
    throw new UserError("upgrade to what?", `./kpaas upgrade ${name} --to VERSION, --images, or both`);
  const version: FileEdit[] =
    to === undefined ? [] : [{ path: [...root, "containerPlatform", "kubernetesVersion"], value: to }];
  return [...version, ...(images ? generationEdits(file.config?.[environmentKey], environment) : [])];
}

/** Raises the generation of every role and pool by one. */
function generationEdits(raw: unknown, environment: Environment): FileEdit[] {
  const saysPools = (raw as { containerPlatform?: { workerPools?: unknown } }).containerPlatform?.workerPools;
  const sets = machineSets(environment).map(({ path, pool, generation }) => ({
    path: path as readonly (string | number)[],
    pool,
    generation: generation + 1,
  }));
  const edits = sets
    .filter(({ pool }) => pool === undefined || saysPools !== undefined)
    .map(({ path, generation }): FileEdit => ({ path: [...root, ...path, "generation"], value: generation }));
  if (saysPools !== undefined) return edits;
  // A file that names no pool has the one that every environment has.
  const pools: FileValue[] = sets.flatMap(({ pool, generation }) => (pool ? [{ name: pool, generation }] : []));
  return [...edits, { path: [...root, "containerPlatform", "workerPools"], value: pools }];
}
