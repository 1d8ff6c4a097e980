import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Environment } from "../config/environment.ts";
import { machineSets } from "../config/machine-sets.ts";
import { recordedVersion } from "../config/on-record.ts";
import { parseEnvironment } from "../config/parse.ts";
import { poolVersion } from "../config/pool-version.ts";
import { UserError } from "../lib/errors.ts";
import { editOf } from "../plan/edit.ts";
import { readStackState } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { allowedLosses, recordIn, refuseChanges } from "./living-platform.ts";
import { requireReady } from "./readiness.ts";
import { edited, type FileEdit, type FileValue } from "./stack-file-edit.ts";
import { shownPath } from "./stacks-folder.ts";

export interface UpgradeOptions {
  /** Kubernetes version to go to. */
  to?: string;
  /** True where every machine is to be made anew of the present image. */
  images?: boolean;
  /** Machines that the version is brought to for now; the rest waits at its present version until the next upgrade to it. */
  pauseAfter?: string;
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
  requireSense(before, options);
  const text = edited(await readFile(path, "utf8"), editsOf(before, options));
  const file = parse(text);
  const after = { name, path, file, environment: upgraded(before, file.config[environmentKey]) };
  const state = readStackState(name) ?? {};
  // What runs is compared with, where it is known: the file may be ahead of it.
  const [refused] = recordIn(state) ? [] : editOf(environment, after.environment).refused;
  if (refused) throw new UserError(`${refused.path}: ${refused.reason}`, unchanged(before));
  refuseChanges(after, state);
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

/** Parts of a platform after which an upgrade can pause. */
const pauses: readonly string[] = ["masters"];

/** Throws UserError where options say nothing, or things that do not go together. */
function requireSense({ name }: LoadedEnvironment, { to, images, pauseAfter }: UpgradeOptions): void {
  if (to === undefined && !images)
    throw new UserError("upgrade to what?", `./kpaas upgrade ${name} --to VERSION, --images, or both`);
  if (pauseAfter === undefined) return;
  if (!pauses.includes(pauseAfter))
    throw new UserError(
      `--pause-after must be ${pauses.join(" or ")} (got ${pauseAfter})`,
      `./kpaas upgrade ${name} --to VERSION --pause-after ${pauses[0]}`,
    );
  if (to === undefined || images)
    throw new UserError(
      "--pause-after is for --to alone: images have no older version at which machines could wait",
      `./kpaas upgrade ${name} --to VERSION --pause-after ${pauseAfter}`,
    );
}

function editsOf(loaded: LoadedEnvironment, { to, images, pauseAfter }: UpgradeOptions): FileEdit[] {
  const { file, environment } = loaded;
  const raw = file.config?.[environmentKey];
  const version: FileEdit[] =
    to === undefined
      ? []
      : [
          { path: [...root, "containerPlatform", "kubernetesVersion"], value: to },
          ...(pauseAfter === undefined ? followingEdits(environment) : waitingEdits(loaded, to)),
        ];
  return [...version, ...(images ? generationEdits(raw, environment) : [])];
}

/** Keeps every pool at the version that its nodes have: as they run, else as the file says. */
function waitingEdits({ name, file, environment }: LoadedEnvironment, to: string): FileEdit[] {
  const { containerPlatform } = environment;
  const record = recordIn(readStackState(name) ?? {});
  const versions = containerPlatform.workerPools.map((pool) => ({
    name: pool.name,
    version: record?.machines[pool.name] ? recordedVersion(record, pool.name) : poolVersion(containerPlatform, pool),
  }));
  const waiting = versions.filter(({ version }) => version !== to);
  if (saysPools(file.config?.[environmentKey]))
    return versions.flatMap(({ version }, index) =>
      version === to ? [] : [{ path: [...poolsPath, index, "kubernetesVersion"], value: version }],
    );
  // A file that names no pool has the one that every environment has.
  const value = waiting.map(({ name, version }) => ({ name, kubernetesVersion: version }));
  return value.length > 0 ? [{ path: poolsPath, value }] : [];
}

/** Lets every pool follow the control plane again. */
function followingEdits({ containerPlatform }: Environment): FileEdit[] {
  return containerPlatform.workerPools.flatMap(({ kubernetesVersion }, index) =>
    kubernetesVersion === undefined ? [] : [{ path: [...poolsPath, index, "kubernetesVersion"] }],
  );
}

const poolsPath = [...root, "containerPlatform", "workerPools"] as const;

const saysPools = (raw: unknown): boolean =>
  (raw as { containerPlatform?: { workerPools?: unknown } }).containerPlatform?.workerPools !== undefined;

/** Raises the generation of every role and pool by one. */
function generationEdits(raw: unknown, environment: Environment): FileEdit[] {
  const named = saysPools(raw);
  const sets = machineSets(environment).map(({ path, pool, generation }) => ({
    path: path as readonly (string | number)[],
    pool,
    generation: generation + 1,
  }));
  const edits = sets
    .filter(({ pool }) => pool === undefined || named)
    .map(({ path, generation }): FileEdit => ({ path: [...root, ...path, "generation"], value: generation }));
  if (named) return edits;
  // A file that names no pool has the one that every environment has.
  const pools: FileValue[] = sets.flatMap(({ pool, generation }) => (pool ? [{ name: pool, generation }] : []));
  return [...edits, { path: poolsPath, value: pools }];
}
