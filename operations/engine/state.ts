import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheDir } from "../../toolchain/cache.ts";
import { isSealing, removeUnsealed } from "../../toolchain/cache-seal.ts";
import { stateFolder } from "../../toolchain/state-folder.mjs";
import { keepNoLogs } from "./shortcuts.ts";

/** Pulumi's name of the project; part of every state path. */
export const projectName = "kpaas";

export { stateFolder };

const environmentsFolder = (): string => join(stateFolder(), "environments");

/**
 * Gives the folder in which kpaas keeps what Pulumi's state does not hold of one environment: passphrase, and the stack file with
 * its salt.
 */
export const environmentFolder = (name: string): string => join(environmentsFolder(), name);

export const passphraseFile = (name: string): string => join(environmentFolder(name), "passphrase");

export function environmentsWithState(): string[] {
  return existsSync(environmentsFolder()) ? readdirSync(environmentsFolder()).sort() : [];
}

/** Tells whether the state is in a backend of the user's own choice, where nothing is read or removed behind Pulumi's back. */
export const isForeignBackend = (): boolean => ownBackendUrl() !== (process.env.PULUMI_BACKEND_URL || ownBackendUrl());

/** Tells whether there is a passphrase for an environment, and not an empty one. */
export function hasPassphrase(name: string): boolean {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  return Boolean(PULUMI_CONFIG_PASSPHRASE || PULUMI_CONFIG_PASSPHRASE_FILE) || existsSync(passphraseFile(name));
}

const ownBackendUrl = (): string => pathToFileURL(stateFolder()).href;

/** Gives the file of Pulumi's state of an environment in kpaas's own backend. */
export const stackStateFile = (name: string): string => join(pulumiFolder(), "stacks", projectName, `${name}.json`);

export const lockFolder = (name: string): string => join(pulumiFolder(), "locks", "organization", projectName, name);

const pulumiFolder = (): string => join(stateFolder(), ".pulumi");

/**
 * Gives the variables by which the engine finds an environment's state. The user's own PULUMI_* settings win. A private
 * PULUMI_HOME keeps workspace settings and logs out of the user's; installed plugins are shared with it.
 */
export function engineEnvironment(name: string): Record<string, string> {
  const { PULUMI_BACKEND_URL, PULUMI_HOME, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  const ownPassphrase = PULUMI_CONFIG_PASSPHRASE === undefined && !PULUMI_CONFIG_PASSPHRASE_FILE;
  return {
    PULUMI_BACKEND_URL: PULUMI_BACKEND_URL || ownBackendUrl(),
    PULUMI_HOME: PULUMI_HOME || join(stateFolder(), "pulumi-home"),
    ...(ownPassphrase ? { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(name) } : {}),
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Where the provider remembers machines' SSH host keys.
    KPAAS_ENVIRONMENT_DIR: environmentFolder(name),
  };
}

/**
 * Makes the folders and the passphrase; gives whether the passphrase is new, so that no older salt can belong to it. For a
 * state that other machines share none is made: it would be known to this one alone.
 */
export function prepareState(name: string): { newPassphrase: boolean } {
  mkdirSync(environmentFolder(name), { recursive: true, mode: 0o700 });
  preparePulumiHome();
  const path = passphraseFile(name);
  const isGiven = !("PULUMI_CONFIG_PASSPHRASE_FILE" in engineEnvironment(name)) || existsSync(path);
  if (isGiven || isForeignBackend()) return { newPassphrase: false };
  return { newPassphrase: createFile(path, randomBytes(32).toString("base64url")) };
}

/** Makes a private file in one step; false where another run was first. */
function createFile(path: string, contents: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Gives the folder in which the engine has its plugins: the user's own where there is one, and the cache is not sealed. */
export function pluginFolder(): string {
  const { PULUMI_HOME } = process.env;
  if (PULUMI_HOME) return join(PULUMI_HOME, "plugins");
  const users = join(homedir(), ".pulumi", "plugins");
  return existsSync(users) && !isSealing() ? users : join(cacheDir(), "pulumi-plugins");
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function preparePulumiHome(): void {
  removeUnsealed(pluginFolder());
  if (process.env.PULUMI_HOME) return;
  const home = join(stateFolder(), "pulumi-home");
  mkdirSync(home, { recursive: true });
  keepNoLogs(join(home, "logs"));
  const shared = pluginFolder();
  mkdirSync(shared, { recursive: true });
  const link = join(home, "plugins");
  // One that leads elsewhere would lead around the seals.
  if (isSealing() && linkTarget(link) !== shared) rmSync(link, { recursive: true, force: true });
  try {
    symlinkSync(shared, link);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
}

/** Removes every file kept of an environment; the whole state folder when it was the last. */
export function removeState(name: string): void {
  remove(environmentFolder(name));
  if (!isForeignBackend()) {
    for (const kind of ["stacks", "backups", "history"]) {
      const folder = join(pulumiFolder(), kind, projectName);
      for (const entry of existsSync(folder) ? readdirSync(folder) : [])
        if (entry === name || entry.startsWith(`${name}.json`)) remove(join(folder, entry));
    }
    remove(lockFolder(name));
  }
  if (environmentsWithState().length === 0) removeSharedState();
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

function removeSharedState(): void {
  const stacks = join(pulumiFolder(), "stacks", projectName);
  const empty = !existsSync(stacks) || readdirSync(stacks).length === 0;
  if (!isForeignBackend() && empty) remove(pulumiFolder());
  remove(join(stateFolder(), "pulumi-home"));
  for (const folder of [environmentsFolder(), stateFolder()])
    try {
      rmdirSync(folder);
    } catch {
      // Something of the user's is in it, or it is not there.
    }
}

/**
 * Reads the part of Pulumi's state that is read without the engine. Undefined where there is none of kpaas's own. Nobody may change
 * what it gives: the steps of an operation share it while the file is the same, as that of a large platform takes a second to read.
 */
export function readStackState(name: string): StackState | undefined {
  const path = stackStateFile(name);
  if (isForeignBackend() || !existsSync(path)) return undefined;
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  const version = [path, ino, size, mtimeNs].join(" ");
  if (lastRead?.version !== version) lastRead = { version, state: parsedState(path) };
  return lastRead.state;
}

let lastRead: { version: string; state: StackState } | undefined;

function parsedState(path: string): StackState {
  const state: { checkpoint?: { latest?: Partial<StackState> } } = JSON.parse(readFileSync(path, "utf8"));
  const { resources = [], pending_operations = [] } = state.checkpoint?.latest ?? {};
  return { resources, pending_operations };
}

export interface StateResource {
  urn: string;
  type: string;
  custom?: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** Time at which it was made, RFC 3339. */
  created?: string;
  /** Reasons why its creation did not come to its end. */
  initErrors?: string[];
}

export interface StackState {
  resources: StateResource[];
  pending_operations: { type: string; resource: { urn: string; type: string; inputs?: Record<string, unknown> } }[];
}
