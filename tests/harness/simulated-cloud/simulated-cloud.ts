import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundledProgram } from "../bundled-program.ts";
import { type Call, type Faults, writeFaults } from "./faults.ts";
import { type CloudObject, ObjectStore } from "./store.ts";

export type { Call, Faults } from "./faults.ts";
export type { CloudObject } from "./store.ts";

export interface SimulatedCloudOptions {
  /** Name of the Pulumi package that it stands for, such as `aws`. */
  name: string;
  /**
   * Plugin that it stands in for: for a cloud that Pulumi reaches by a parameterised package, the one that is parameterised
   * (`terraform-provider`).
   * @default name
   */
  plugin?: string;
  /** Folder of everything that exists there, kept when the cloud stops. */
  storeFolder: string;
  faults?: Faults;
  /** TypeScript file or folder that declares `<Type>Args` and class `<Type>`; needed where npm has no SDK of the cloud. */
  declarations?: string;
}

/** A cloud in a process of its own: an engine that is killed leaves it working, as a real one would. */
export interface SimulatedCloud {
  name: string;
  plugin: string;
  pid: number;
  port: number;
  /** Gives everything that exists, as stored now. */
  list(): CloudObject[];
  /** Removes an object as somebody does by hand, without asking the cloud's rules. */
  remove(id: string): void;
  /** Changes an object as somebody does by hand; a refresh sees it. */
  edit(id: string, change: (object: CloudObject) => void): void;
  /** Sets the faults from the next call on; counts of failures start anew. */
  setFaults(faults: Faults): void;
  /** Gives the calls that it was asked, in order. */
  calls(): Call[];
  /** Stops it by SIGKILL: what it has stored stays. */
  stop(): Promise<void>;
}

/** Gives the value of `PULUMI_DEBUG_PROVIDERS` with which a Pulumi engine attaches to these clouds. */
export function debugProviders(...clouds: Pick<SimulatedCloud, "plugin" | "port">[]): string {
  return clouds.map(({ plugin, port }) => `${plugin}:${port}`).join(",");
}

/** Starts a cloud, and waits until it answers. Throws what it said when it does not. */
export async function startSimulatedCloud(options: SimulatedCloudOptions): Promise<SimulatedCloud> {
  const { name, plugin = name, storeFolder, faults, declarations } = options;
  mkdirSync(storeFolder, { recursive: true });
  if (faults) writeFaults(storeFolder, faults);
  const log = join(storeFolder, "log");
  const child = spawn(
    process.execPath,
    [
      await bundledProgram("tests/harness/simulated-cloud/main.ts"),
      ...[name, storeFolder],
      ...(declarations ? [declarations] : []),
    ],
    // Standard input ends with this process, and the cloud with it.
    { stdio: ["pipe", "pipe", openSync(log, "a")], detached: true },
  );
  const port = await portOf(child, log);
  const store = new ObjectStore(storeFolder);
  const withId = (id: string) => {
    const object = store.list().find((candidate) => candidate.id === id);
    if (!object) throw new Error(`${name} has no ${id}`);
    return object;
  };
  return {
    name,
    plugin,
    pid: child.pid as number,
    port,
    list: () => store.list(),
    remove: (id) => store.remove(withId(id)),
    edit: (id, change) => {
      const object = withId(id);
      change(object);
      store.put(object);
    },
    setFaults: (changed) => writeFaults(storeFolder, changed),
    calls: () => callsOf(join(storeFolder, "calls.jsonl")),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Gives the first line that it writes. */
async function portOf(child: ChildProcess, log: string): Promise<number> {
  if (!child.stdout) throw new Error("no standard output");
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [""])]);
  const port = Number(line);
  if (!port) throw new Error(`the simulated cloud did not start:\n${readFileSync(log, "utf8")}`);
  return port;
}

function callsOf(file: string): Call[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
