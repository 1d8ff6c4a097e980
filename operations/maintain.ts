import { planMachines } from "../config/machines.ts";
import { defaultReboot } from "../config/maintenance/settings.ts";
import { currentWindow, inZone, nextWindow, type Occurrence, windowOf } from "../config/maintenance/window.ts";
import { errorLine, UserError } from "../lib/errors.ts";
import { note } from "../lib/terminal.ts";
import { etcdMembers, etcdProblems } from "../provider/etcd-members.ts";
import type { NodeObject } from "../provider/node-readiness.ts";
import { type AskedPackages, packagesVariable } from "../provider/packages.ts";
import { kubernetesApi } from "./access/kubernetes-api.ts";
import { readOutputs } from "./access/outputs.ts";
import { type EngineRun, type Operated, type Operation, operate } from "./engine/operation.ts";
import { notUp } from "./engine/workspace.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { stateOf } from "./living-platform.ts";
import { asOfNext, notYetAsOf, packagesIn, readResources } from "./machine-packages.ts";
import type { Step } from "./steps.ts";
import { stepsOf } from "./up.ts";

/** Request of a run of `maintain`, and how far it came. */
export interface Maintenance {
  /** The time for which machines have their security updates, RFC 3339. */
  asOf: string;
  /** End of the maintenance window, RFC 3339; absent where the run keeps to none. */
  until?: string;
  /** Machines that have them. */
  done: string[];
  /** Machines that the window's end has left for the next run. */
  left: string[];
}

interface Maintained extends Operated {
  maintenance: Maintenance;
}

/** The refusal to begin outside a maintenance window. */
export class OutsideWindow extends UserError {
  readonly window: string;
  readonly nextWindow: Occurrence;

  constructor({ name, window, next }: { name: string; window: string; next: Occurrence }) {
    const begins = inZone(next.begins, windowOf(window).timeZone);
    super(
      `${name} is outside its maintenance window, ${window}; nothing was changed`,
      `the next one begins ${begins} (${next.begins.toISOString()}): run ./kpaas maintain ${name} then, or at once with --now`,
    );
    this.window = window;
    this.nextWindow = next;
  }
}

/** Gives the end of the window in which a run begins; undefined where it keeps to none. Throws OutsideWindow. */
export function windowEnd({ name, environment }: LoadedEnvironment, now: Date): Date | undefined {
  const window = environment.maintenance?.window;
  if (window === undefined) return undefined;
  const open = currentWindow(windowOf(window), now);
  if (!open) throw new OutsideWindow({ name, window, next: nextWindow(windowOf(window), now) });
  return open.ends;
}

/** State that the steps of `maintain` share besides the operation's. */
interface Run {
  /** True where the window is not kept. */
  now: boolean;
  until?: Date;
  asOf?: string;
  maintenance?: Maintenance;
}

/** Gives the steps of one run: those of `up`, in whose order machines have their turn, with the question for security updates. */
const maintenanceSteps = (run: Run): readonly Step<Operation>[] => [
  {
    name: "keep to the maintenance window",
    when: () => !run.now,
    run: ({ loaded }) => {
      run.until = windowEnd(loaded, new Date());
    },
  },
  { name: "see that every member of etcd is well, so that a master may restart", run: refuseUnwellEtcd },
  ...stepsOf("maintain", [
    { name: "ask every machine for security updates", run: (engine) => askForPackages(engine, run) },
  ]),
  {
    name: "count the machines that have them",
    run: async ({ loaded }) => {
      run.maintenance = maintenanceOf(run, packagesIn(await readResources(loaded.name)));
    },
  },
];

/** Brings machines' packages up to date, one machine after another. Throws UserError; OutsideWindow where it may not begin now. */
export async function maintain(
  loaded: LoadedEnvironment,
  { now = false, losses = [] }: { now?: boolean; losses?: readonly string[] } = {},
): Promise<Maintained> {
  const run: Run = { now };
  const operated = await operate({ loaded, allowedLosses: losses }, maintenanceSteps(run));
  if (!run.maintenance) throw new Error("no step has counted the machines");
  return { ...operated, maintenance: run.maintenance };
}

/** Refuses where etcd could not spare a master. Throws UserError. */
async function refuseUnwellEtcd({ loaded: { name, environment } }: Operation): Promise<void> {
  const { kubeconfig } = await readOutputs(name);
  if (!kubeconfig) throw notUp(name);
  const api = kubernetesApi(kubeconfig);
  const masters = planMachines(environment).filter(({ role }) => role === "master");
  const hostnames = new Set(masters.map(({ hostname }) => hostname));
  const problems = await Promise.all([api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes"), etcdMembers(api)])
    .then(([{ items }, members]) =>
      etcdProblems(
        members,
        items.filter(({ metadata }) => hostnames.has(metadata.name)),
      ),
    )
    .catch((error: unknown) => [`the Kubernetes API does not answer: ${errorLine(error)}`])
    .finally(() => api.close());
  if (problems.length === 0) return;
  throw new UserError(
    `a master of ${name} cannot be spared now: ${problems.join(", ")}`,
    `see ./kpaas status ${name}, mend it, then run the same command again; nothing was changed`,
  );
}

/** Tells the provider what to ask of each machine when it is its turn. */
async function askForPackages(engine: EngineRun, run: Run): Promise<void> {
  const { stack, loaded } = engine;
  const { resources = [] } = await stateOf(engine);
  run.asOf = asOfNext(packagesIn(resources), new Date());
  const asked: AskedPackages = {
    asOf: run.asOf,
    reboot: loaded.environment.maintenance?.reboot ?? defaultReboot,
    ...(run.until ? { until: run.until.toISOString() } : {}),
  };
  engine.packages = asked;
  const { workspace } = stack;
  workspace.envVars = { ...workspace.envVars, [packagesVariable]: JSON.stringify(asked) };
  note(`security updates as of ${asked.asOf}${asked.until ? `; no machine begins after ${asked.until}` : ""}`);
}

/** Tells how far a run came. */
function maintenanceOf({ asOf = "", until }: Run, packages: ReturnType<typeof packagesIn>): Maintenance {
  return {
    asOf,
    ...(until ? { until: until.toISOString() } : {}),
    done: packages.filter((one) => one.asOf === asOf).map(({ machine }) => machine),
    left: notYetAsOf(packages, asOf),
  };
}
