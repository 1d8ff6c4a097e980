import type { Environment } from "../config/environment.ts";
import { type MachinePlan, planMachines } from "../config/machines.ts";
import { type OnRecord, onRecord, refusedChanges } from "../config/on-record.ts";
import { UserError } from "../lib/errors.ts";
import { confirm } from "../lib/terminal.ts";
import { acceptHostKeysVariable } from "../provider/accepted-host-keys.ts";
import { allowLossVariable } from "../provider/allowed-losses.ts";
import { machinesBeforeVariable } from "../provider/living-platform.ts";
import { findMachine } from "./access/machines.ts";
import type { EngineRun } from "./engine/operation.ts";
import { isForeignBackend, readStackState, type StateResource } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { shownPath } from "./stacks-folder.ts";

/** The part of a state that tells of a platform that is there; without resources there is none. */
export interface PlatformState {
  resources?: StateResource[];
}

/** Gives the facts that stand on record with a platform; undefined where there is none, or one of an earlier release. */
export function recordIn({ resources = [] }: PlatformState): OnRecord | undefined {
  const record = resources.find(({ type }) => type === "kpaas:index:PlatformRecord");
  return record?.inputs as OnRecord | undefined;
}

/** Refuses, all at once, what a living platform cannot take. Throws UserError. */
export function refuseChanges({ name, path, environment }: LoadedEnvironment, state: PlatformState): void {
  const before = recordIn(state);
  const refused = before ? refusedChanges(before, onRecord(environment)) : [];
  if (refused.length === 0) return;
  const count = refused.length === 1 ? "a change" : `${refused.length} changes`;
  const lines = refused.map(({ path, reason }) => `  ${path}: ${reason}`);
  const isBarelyThere = machinesThrough(state)?.length === 0;
  throw new UserError(
    [`${name} is up and cannot take ${count} of its file:`, ...lines].join("\n"),
    `correct kpaas:environment in ${shownPath(path)}, then run the same command again; nothing was changed` +
      (isBarelyThere ? `\n      or, as no machine of it has come up yet: ./kpaas destroy ${name}, then up` : ""),
  );
}

/**
 * Names machines that this file makes anew although only they have the cluster's data: a single master with etcd on its boot disk, as
 * earlier releases made them.
 */
export function lossesOf(environment: Environment, { resources = [] }: PlatformState): string[] {
  const masters = resources.filter(({ type, urn }) => type === nodeType && urn.includes("$kpaas:index:MasterNodes$"));
  const [only, ...others] = masters;
  const member = only?.inputs?.controlPlane as { etcdOnDataDisk?: boolean } | undefined;
  if (!only || others.length > 0 || member?.etcdOnDataDisk) return [];
  const plan = planMachines(environment).find(({ name }) => name === machineOf(only));
  return plan && isMadeAnew(plan, resources) ? [plan.name] : [];
}

/** Tells whether the state shows that a machine is to be made anew: its generation rises, or a container gets another volume. */
function isMadeAnew({ name, generation, dataDisk }: MachinePlan, resources: readonly StateResource[]): boolean {
  return resources.some(({ type, urn, inputs = {} }) => {
    if (type === "kpaas:index:Pinned") return ownerOfPin(urn) === name && Number(inputs.generation) < generation;
    if (type !== "kpaas:local:Machine" || inputs.machineName !== name || !dataDisk) return false;
    return !(dataDisk.mountPath in ((inputs.volumes ?? {}) as object));
  });
}

/** Gives `master-1` of the pin `platform-master-1-user-data`. */
const ownerOfPin = (urn: string): string | undefined => urn.match(/::platform-([a-z]+-\d+)-[a-z-]+$/)?.[1];

const nodeType = "kpaas:index:Node";

/** Gives the name of the machine that a resource is about. */
export function machineOf({ urn, inputs = {} }: StateResource): string | undefined {
  const stack = urn.split(":")[2] ?? "";
  if (typeof inputs.machineName === "string") return inputs.machineName;
  return typeof inputs.nodeName === "string" ? inputs.nodeName.replace(`${stack}-`, "") : undefined;
}

/** The way to ask the user; tests put their own in its place. */
export interface Asking {
  hasTerminal: boolean;
  confirm(question: string): Promise<boolean>;
}

const terminal: Asking = { hasTerminal: process.stdin.isTTY === true, confirm };

/**
 * Gives the machines whose data the user gives away: those named, and those that a question on the terminal has named. Throws
 * UserError where something would be lost that nobody gives away.
 */
export async function allowedLosses(
  { name, environment }: LoadedEnvironment,
  state: PlatformState,
  given: readonly string[] = [],
  { hasTerminal, confirm }: Asking = terminal,
): Promise<string[]> {
  const allowed = given.map((machine) => findMachine(environment, machine).name);
  for (const machine of lossesOf(environment, state).filter((one) => !allowed.includes(one))) {
    const loss = `${machine} is made anew, and has the only copy of the cluster's data, on its boot disk: all that is in the cluster is lost.`;
    const flag = `./kpaas up ${name} --allow-loss ${machine}`;
    if (!hasTerminal)
      throw new UserError(loss, `set masters.generation back; or give the data away: ${flag}   (nothing was changed)`);
    if (!(await confirm(`${loss} Go on?`)))
      throw new UserError(`${name} stays as it is: ${machine} would lose the cluster's data`, `${flag} gives it away`);
    allowed.push(machine);
  }
  return allowed;
}

/**
 * Names the machines that have ever been through, as the state tells: they change one after another, all others are made at once, as
 * after a first `up` that failed. Undefined where the state has nothing.
 */
export function machinesThrough({ resources = [] }: PlatformState): string[] | undefined {
  if (resources.length === 0) return undefined;
  const through = resources
    .filter(({ type, initErrors = [] }) => lastOfMachine.includes(type) && initErrors.length === 0)
    .flatMap((resource) => machineOf(resource) ?? []);
  // One that could not be replaced has no such resource any more; the last run that ended well knows it.
  const { machines = {} } = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  return [...new Set([...through, ...Object.keys(machines as object)])].sort();
}

/** Types of the resources that are there once a machine is as it should be. */
const lastOfMachine: readonly string[] = [nodeType, "kpaas:index:FirstBoot"];

/** Refuses by a state that is elsewhere, which only the engine reads. Throws UserError. */
export async function refuseInForeignState(engine: EngineRun): Promise<void> {
  refuseChanges(engine.loaded, await stateOf(engine));
}

/** Refuses and asks by a state that is elsewhere. Throws UserError. */
export async function examineForeignState(engine: EngineRun): Promise<void> {
  await refuseInForeignState(engine);
  engine.allowedLosses = await allowedLosses(engine.loaded, await stateOf(engine), engine.allowedLosses);
}

/** Checks `<machine>=<fingerprint>` of host keys that the user vouches for. Gives them by the machines' names. Throws UserError. */
export function requireHostKeys(environment: Environment, given: readonly string[]): string[] {
  return given.map((each) => {
    const [, machine, fingerprint] = /^([^=]+)=(SHA256:[A-Za-z0-9+/]{43})$/.exec(each) ?? [];
    if (!machine)
      throw new UserError(
        `--accept-host-key ${each} is not MACHINE=SHA256:FINGERPRINT`,
        "the error that refuses a machine names it so; compare it with the machine's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
      );
    return `${findMachine(environment, machine).name}=${fingerprint}`;
  });
}

/** Tells the provider what it cannot hear from the engine: which machines have been through, what may be lost, whose keys count. */
export async function tellProvider(engine: EngineRun): Promise<void> {
  const { workspace } = engine.stack;
  workspace.envVars = { ...workspace.envVars, ...providerVariables(await stateOf(engine), engine) };
}

/** Gives the variables by which the provider is told. */
export function providerVariables(
  state: PlatformState,
  {
    allowedLosses: losses = [],
    acceptedHostKeys: hostKeys = [],
  }: Pick<EngineRun, "allowedLosses" | "acceptedHostKeys">,
): Record<string, string> {
  const before = machinesThrough(state);
  return {
    ...(before ? { [machinesBeforeVariable]: before.join(",") } : {}),
    ...(losses.length > 0 ? { [allowLossVariable]: losses.join(",") } : {}),
    ...(hostKeys.length > 0 ? { [acceptHostKeysVariable]: hostKeys.join(",") } : {}),
  };
}

/** Gives the state as the engine's run found it. */
export async function stateOf({ loaded, state }: Pick<EngineRun, "loaded" | "state">): Promise<PlatformState> {
  if (!isForeignBackend()) return readStackState(loaded.name) ?? {};
  return (await state()).deployment ?? {};
}
