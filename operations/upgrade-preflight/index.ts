import { partsOf } from "../../cluster/index.ts";
import type { Environment, WorkerPool } from "../../config/environment.ts";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import { type OnRecord, recordedVersion } from "../../config/on-record.ts";
import { poolVersion } from "../../config/pool-version.ts";
import { isNode } from "../../config/roles/index.ts";
import { minorOf } from "../../config/versions.ts";
import { UserError } from "../../lib/errors.ts";
import { note, style } from "../../lib/terminal.ts";
import { connect } from "../../provider/connect.ts";
import { kubernetesApi } from "../access/kubernetes-api.ts";
import { connectionIn } from "../access/machines.ts";
import { type PlatformOutputs, readOutputs } from "../access/outputs.ts";
import type { LoadedEnvironment } from "../environments.ts";
import { type PlatformState, recordIn } from "../living-platform.ts";
import { lookBy } from "../look.ts";
import { examineUpgrade, type NodeMachine } from "./examine.ts";
import type { Finding } from "./finding.ts";
import type { DrainedPool } from "./room.ts";

/** Stops an `up` to another Kubernetes version, before anything is changed, where something stands in its way. */
export const upgradePreflight = lookBy("look at the cluster before its version changes", stopWhereBlocked);

/** Tells the same in a preview, which stops for none of it. */
export const upgradePreflightWarnings = lookBy(
  "look at the cluster as an `up` would before its version changes",
  warnOfBlocks,
);

async function stopWhereBlocked(loaded: LoadedEnvironment, state: PlatformState): Promise<void> {
  const examined = await examine(loaded, state);
  if (examined) refuse(loaded.name, examined);
}

async function warnOfBlocks(loaded: LoadedEnvironment, state: PlatformState): Promise<void> {
  const examined = await examine(loaded, state);
  for (const finding of examined?.findings ?? [])
    note(inWords(finding.level === "blocks" ? { ...finding, name: `up would stop: ${finding.name}` } : finding));
}

interface Examined {
  from: string;
  to: string;
  findings: Finding[];
}

/** Prints warnings. Throws UserError with all that blocks. */
export function refuse(name: string, { from, to, findings }: Examined): void {
  for (const finding of findings.filter(({ level }) => level === "warning")) note(inWords(finding));
  const blocking = findings.filter(({ level }) => level === "blocks");
  if (blocking.length === 0) return;
  const [things, them] = blocking.length === 1 ? ["1 thing stands", "it"] : [`${blocking.length} things stand`, "them"];
  const lines = blocking.map(({ name, found, remedy }) => `  ${name}: ${found}\n    remedy: ${remedy}`);
  throw new UserError(
    [`${name} cannot go from Kubernetes ${from} to ${to} yet; ${things} in the way:`, ...lines].join("\n"),
    `mend ${them}, then run the same command again; nothing was changed (docs/upgrade.md)`,
  );
}

const inWords = ({ name, found, remedy }: Finding): string =>
  `${style("yellow", "warning:")} ${name}: ${found}\n  remedy: ${remedy}`;

/** Looks at the running cluster; undefined where there is none, or its version stays. */
async function examine(loaded: LoadedEnvironment, state: PlatformState): Promise<Examined | undefined> {
  const { name, environment } = loaded;
  const record = recordIn(state);
  const step = record && versionStep(environment, record);
  if (!record || !step) return undefined;
  const outputs = await readOutputs(name);
  // Without it no `up` has ended, and there is no cluster that could suffer.
  if (!outputs.kubeconfig) return undefined;
  note(`looking at ${name} before it goes from Kubernetes ${step.from} to ${step.to}`);
  const api = kubernetesApi(outputs.kubeconfig);
  try {
    const machines = planMachines(environment);
    const findings = await examineUpgrade({
      api,
      machines: nodeMachines(environment, record, outputs),
      pools: drainedPools(environment, machines, record),
      ownAccounts: new Set(ownAccounts(environment, machines)),
      target: environment.containerPlatform.kubernetesVersion,
      controlPlaneStays: step.controlPlaneStays,
    });
    return { from: step.from, to: step.to, findings };
  } finally {
    api.close();
  }
}

/** Gives the machines that are nodes now and stay: those that this file adds are not there yet. */
function nodeMachines(
  environment: Environment,
  { machines }: OnRecord,
  outputs: Partial<PlatformOutputs>,
): NodeMachine[] {
  const present = new Set(Object.values(machines).flat());
  return planMachines(environment)
    .filter(({ name, role }) => isNode(role) && present.has(name))
    .map((plan) => ({
      name: plan.name,
      hostname: plan.hostname,
      isMaster: plan.role === "master",
      connect: async () => connect(connectionIn(outputs, environment, plan)),
    }));
}

/** A way from one Kubernetes version to another. */
interface VersionStep {
  from: string;
  to: string;
  /** Only pools that waited behind it go on. */
  controlPlaneStays: boolean;
}

/** Gives the step that an `up` is about to make; undefined where every version stays. */
export function versionStep({ containerPlatform }: Environment, record: OnRecord): VersionStep | undefined {
  const to = containerPlatform.kubernetesVersion;
  if (record.kubernetesVersion !== to) return { from: record.kubernetesVersion, to, controlPlaneStays: false };
  const [pool] = containerPlatform.workerPools.filter((one) => goesOn(containerPlatform, one, record));
  if (!pool) return undefined;
  const from = recordedVersion(record, pool.name);
  return { from, to: poolVersion(containerPlatform, pool), controlPlaneStays: true };
}

/** Tells whether a pool that is there goes to another version. */
const goesOn = (platform: Environment["containerPlatform"], pool: WorkerPool, record: OnRecord): boolean =>
  record.machines[pool.name] !== undefined && recordedVersion(record, pool.name) !== poolVersion(platform, pool);

/** Gives the pools as they are drained: those whose minor changes. */
export function drainedPools(
  { containerPlatform }: Environment,
  machines: readonly MachinePlan[],
  record: OnRecord,
): DrainedPool[] {
  const drained = containerPlatform.workerPools.filter(
    (pool) => minorOf(recordedVersion(record, pool.name)) !== minorOf(poolVersion(containerPlatform, pool)),
  );
  return drained.map(({ name, rollout }) => ({
    name,
    rollout,
    nodes: machines.filter(({ pool }) => pool === name).map(({ hostname }) => hostname),
  }));
}

/** Accounts of parts whose objects are their makers' or kubeadm's: the upgrade renews them. */
const accountsOfManifests = [
  "kube-system:coredns",
  "kube-system:kube-proxy",
  "kube-system:calico-node",
  "kube-system:calico-cni-plugin",
  "kube-system:calico-kube-controllers",
];

/** Gives the service accounts of the platform's own parts, `namespace:name`. */
export function ownAccounts(environment: Environment, machines: readonly MachinePlan[]): string[] {
  const objects = partsOf(environment).flatMap((part) => part.objects({ environment, machines }));
  const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
  return [...accountsOfManifests, ...accounts.map(({ metadata }) => `${metadata.namespace}:${metadata.name}`)];
}
