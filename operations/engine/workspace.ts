import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { LocalWorkspaceOptions, Stack } from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import type { Environment } from "../../config/environment.ts";
import { type LoadedTransforms, loadTransforms, transformPath } from "../../config/transforms.ts";
import { UserError } from "../../lib/errors.ts";
import { repository } from "../../lib/repository.ts";
import { note } from "../../lib/terminal.ts";
import { SiteTransforms } from "../../program/transforms.ts";
import type { PulumiInstallation } from "../../toolchain/pulumi.ts";
import type { LoadedEnvironment, StackFile } from "../environments.ts";
import { forgetMissedCheckpoint, hasMissedCheckpoint, missedCheckpoint } from "./deferred-checkpoints.ts";
import { isEngineError, unusableState } from "./engine-error.ts";
import { forgetFailedCreates, readFailedCreates } from "./failed-creates.ts";
import { programWith, withProgram } from "./program.ts";
import { recoverMissedCheckpoint, recoverPending } from "./recovery.ts";
import { askNothingAfterwards, mendAttributes, selectWithoutAsking } from "./shortcuts.ts";
import { clearStaleLocks } from "./stale-lock.ts";
import {
  engineEnvironment,
  environmentFolder,
  hasPassphrase,
  isForeignBackend,
  prepareState,
  readStackState,
  stackStateFile,
} from "./state.ts";

export interface Workspace {
  stack: Stack;
  pulumi: PulumiInstallation;
  /** Policy packs that every preview and up must pass. */
  policyPacks: string[];
  /** Undefined where the environment has none. */
  transforms?: SiteTransforms;
}

const policies = join(repository, "policy-pack");

/**
 * Opens the stack of an environment, made if need be, with what an interrupted run left behind cleared away. `readOnly`: leaves a
 * foreign backend's state as it is, for which the credentials at hand need not suffice. Throws UserError.
 */
export async function openWorkspace(loaded: LoadedEnvironment, readOnly: boolean): Promise<Workspace> {
  const { name } = loaded;
  const transforms = await loadTransforms(loaded.path);
  const pulumi = await findPulumi();
  prepareWorkFolder(loaded);
  keepTransforms(name, transforms);
  // The program runs in this process and looks for plugins where the engine does.
  Object.assign(process.env, engineEnvironment(name));
  const locks = isForeignBackend() ? 0 : clearStaleLocks(name);
  const state = readStackState(name);
  const site = transforms && new SiteTransforms(transforms);
  const stack = await openStack(
    name,
    pulumi,
    { isThere: state !== undefined, mayCreate: true },
    { program: programWith(site) },
  );
  askNothingAfterwards(stack);
  await settleLastRun(stack, loaded.environment, {
    locks,
    pendingHere: state?.pending_operations.length ?? 0,
    readOnly,
    transforms: site,
  });
  return {
    stack,
    pulumi,
    policyPacks: existsSync(join(policies, "PulumiPolicy.yaml")) ? [policies] : [],
    transforms: site,
  };
}

/** Opens a stack. `isThere`: it is known to be there, so that the engine need not be asked. */
async function openStack(
  name: string,
  { root }: PulumiInstallation,
  { isThere, mayCreate }: { isThere: boolean; mayCreate: boolean },
  options: LocalWorkspaceOptions,
): Promise<Stack> {
  if (!isForeignBackend()) mendAttributes(stackStateFile(name));
  const { LocalWorkspace, PulumiCommand, Stack } = await import("@pulumi/pulumi/automation/index.js");
  const pulumiCommand = await PulumiCommand.get({ root });
  const workspace = await LocalWorkspace.create({ ...options, workDir: environmentFolder(name), pulumiCommand });
  if (isThere) selectWithoutAsking(workspace);
  return mayCreate ? Stack.createOrSelect(name, workspace) : Stack.select(name, workspace);
}

/** Facts of the last run that are known before the engine is asked. */
interface LastRun {
  /** Locks of it that were cleared away. */
  locks: number;
  /** Operations that this machine's own state has pending. */
  pendingHere: number;
  readOnly: boolean;
  transforms?: SiteTransforms;
}

/** Goes on from where the last run ended. */
async function settleLastRun(
  stack: Stack,
  environment: Environment,
  { locks, pendingHere, readOnly, transforms }: LastRun,
): Promise<void> {
  const isForeign = isForeignBackend();
  if (isForeign && readOnly) return;
  const { name } = environment;
  const failed = readFailedCreates(name);
  const pending = (isForeign ? await countPending(stack) : pendingHere) + failed.length;
  if (locks + pending === 0 && !hasMissedCheckpoint(name)) return;
  note(isForeign ? maybeInterrupted : "the last run did not come to its end; going on from what it left");
  if (pending > 0) await recoverPending(stack, environment, failed);
  forgetFailedCreates(name);
  const missed = missedCheckpoint(name);
  if (missed)
    await withProgram(stack, { surging: missed.surging, transforms }, () =>
      recoverMissedCheckpoint(stack, environment),
    );
  forgetMissedCheckpoint(name);
}

/** Note on a shared state: only its lock tells which of the two it is, and only where the state is to be changed. */
const maybeInterrupted = "the last run did not come to its end, or is still at it; looking at what it left";

async function countPending(stack: Stack): Promise<number> {
  const { deployment } = await stack.exportStack();
  return deployment.pending_operations?.length ?? 0;
}

/**
 * Opens the stack as it is, for reading: nothing is cleared away. Undefined where the environment was never brought up.
 * `withProgram`: can be previewed, too, as its file was when it was last given to the engine.
 */
export async function openExisting(name: string, { withProgram = false } = {}): Promise<Stack | undefined> {
  const isKnownHere = existsSync(join(environmentFolder(name), "Pulumi.yaml"));
  const isThere = !isForeignBackend();
  if (isThere && (!isKnownHere || readStackState(name) === undefined)) return undefined;
  if (!isKnownHere) prepareProject(name);
  const pulumi = await findPulumi();
  Object.assign(process.env, engineEnvironment(name));
  try {
    const options = withProgram ? { program: programWith(await keptTransforms(name)) } : {};
    return await openStack(name, pulumi, { isThere, mayCreate: false }, options);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    if (error.name === "StackNotFoundError") return undefined;
    throw unusableState(name, error);
  }
}

/** Takes an empty stack out of the backend. */
export async function removeStack(name: string): Promise<void> {
  const stack = await openExisting(name);
  await stack?.workspace.removeStack(name);
}

export async function findPulumi(): Promise<PulumiInstallation> {
  const { pulumiCommand } = await import("../../toolchain/pulumi.ts");
  return pulumiCommand(note);
}

/**
 * Writes the stack file on which the engine works: a copy beside the passphrase, anew on each run. The engine keeps an encryption
 * salt in it, and the user's own file is to stay as it is.
 */
export function prepareWorkFolder({ name, file }: LoadedEnvironment): void {
  if (isForeignBackend() && !isPulumiCloud() && !file.secretsprovider && !hasPassphrase(name)) throw noPassphrase(name);
  const newPassphrase = prepareProject(name);
  const copy = stackFileCopy(name);
  const known: StackFile = existsSync(copy) ? (parse(readFileSync(copy, "utf8")) ?? {}) : {};
  // The salt in a user's file belongs to a passphrase that is not the one made just now.
  const encryptionsalt = known.encryptionsalt ?? (newPassphrase ? undefined : file.encryptionsalt);
  writeFileSync(copy, stringify({ ...file, encryptionsalt }), { mode: 0o600 });
}

/**
 * Keeps the transforms beside the copy of the stack file, for what looks at the environment as it was last given to the engine.
 */
function keepTransforms(name: string, transforms: LoadedTransforms | undefined): void {
  const copy = transformPath(stackFileCopy(name));
  if (!transforms) rmSync(copy, { force: true });
  else if (transforms.path !== copy) writeFileSync(copy, transforms.code, { mode: 0o600 });
}

async function keptTransforms(name: string): Promise<SiteTransforms | undefined> {
  const loaded = await loadTransforms(stackFileCopy(name));
  return loaded && new SiteTransforms(loaded);
}

const stackFileCopy = (name: string): string => join(environmentFolder(name), `Pulumi.${name}.yaml`);

/** Tells whether the passphrase is new. */
function prepareProject(name: string): boolean {
  const { newPassphrase } = prepareState(name);
  writeFileSync(join(environmentFolder(name), "Pulumi.yaml"), stringify(projectSettings()));
  return newPassphrase;
}

/** Tells whether the backend is Pulumi Cloud, which keeps the keys itself. */
const isPulumiCloud = (): boolean => /^https?:/.test(process.env.PULUMI_BACKEND_URL ?? "");

function noPassphrase(name: string): UserError {
  return new UserError(
    `the state of ${name} is in a shared place, and no passphrase is given that encrypts its secrets`,
    "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE; whoever works on this state needs the same",
  );
}

/** Gives the repository's Pulumi.yaml for a work folder elsewhere: the program is inline, plugins have absolute paths. */
export function projectSettings(): Record<string, unknown> {
  const {
    main: _main,
    stackConfigDir: _dir,
    ...settings
  } = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8"));
  const providers = (settings.plugins?.providers ?? []).map((provider: { path: string }) => ({
    ...provider,
    path: isAbsolute(provider.path) ? provider.path : join(repository, provider.path),
  }));
  return { ...settings, plugins: { ...settings.plugins, providers } };
}

/** Gives the salt that the engine uses for an environment. */
export function knownSalt(name: string): string | undefined {
  const copy = stackFileCopy(name);
  return existsSync(copy) ? parse(readFileSync(copy, "utf8"))?.encryptionsalt : undefined;
}

export function notUp(name: string): UserError {
  return new UserError(`${name} is not up`, `./kpaas up ${name}`);
}
