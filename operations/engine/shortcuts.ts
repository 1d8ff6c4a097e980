import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Stack, Workspace } from "@pulumi/pulumi/automation/index.js";

/** Something that kpaas does to Pulumi's engine or runtime, which neither of them offers. */
export interface Shortcut {
  /** Function here, or elsewhere as `file#function`. */
  where: string;
  /** The gain, measured unless it says otherwise; docs/decisions/0010-engine-shortcuts.md has the circumstances. */
  gain: string;
  /** Upstream's issues and pull requests about it. None: none was found. */
  upstream: readonly string[];
  /** File of its test. */
  test: string;
}

const pulumi = (number: number, kind: "issues" | "pull" = "issues") =>
  `https://github.com/pulumi/pulumi/${kind}/${number}`;
const ownTest = "operations/engine/shortcuts.test.ts";

/** Every shortcut. With KPAAS_PLAIN_ENGINE=1 none is taken: everything works, slower and in the engine's own words. */
export const shortcuts: Readonly<Record<string, Shortcut>> = {
  "no-engine-log": {
    where: "keepNoLogs",
    gain: "two thirds of the engine's CPU; 60 MB of log each time that 300 workers are looked at",
    upstream: [pulumi(22416), pulumi(23731, "pull")],
    test: ownTest,
  },
  "no-debug-messages": {
    where: "lightenRuntime",
    gain: "three messages of each resource, each waiting for the one before; with the call stacks two thirds of a large program's time",
    upstream: [pulumi(7146)],
    test: ownTest,
  },
  "no-resource-call-stacks": {
    where: "lightenRuntime",
    gain: "6 ms of each resource where source maps are on",
    upstream: [],
    test: ownTest,
  },
  "no-promise-call-stacks": {
    where: "lightenRuntime",
    gain: "four call stacks of each property; a program of a thousand resources takes a third of its time",
    upstream: [],
    test: ownTest,
  },
  "no-questions-afterwards": {
    where: "askNothingAfterwards",
    gain: "three starts of the engine after each operation: a second",
    upstream: [pulumi(5453), pulumi(6253)],
    test: ownTest,
  },
  "known-stack": {
    where: "selectWithoutAsking",
    gain: "a start of the engine before each operation: a third of a second",
    upstream: [pulumi(3671)],
    test: ownTest,
  },
  "deferred-checkpoints": {
    where: "defersCheckpoints",
    gain: "3 masters and 100 workers took 67 s; now 1,000 workers come up in half a minute",
    upstream: [pulumi(10960), pulumi(10768), pulumi(13502)],
    test: "operations/engine/deferred-checkpoints.test.ts",
  },
  "mended-attributes": {
    where: "mendAttributes",
    gain: "no time: a state beside which a killed engine left half a file opens again",
    upstream: ["https://github.com/google/go-cloud/issues/3725"],
    test: ownTest,
  },
  "words-as-data": {
    where: "engineWords",
    gain: "no time: a failure is told by its cause alone, a lock by who holds it, and the engine is not stopped twice",
    upstream: [pulumi(6137), pulumi(6212), pulumi(3897)],
    test: ownTest,
  },
  "deferred-compilers": {
    where: "toolchain/bundle.mjs#deferCompilers",
    gain: "half of the time that @pulumi/pulumi takes to load, in each of an operation's three processes",
    upstream: [pulumi(3671), pulumi(10185, "pull")],
    test: "toolchain/bundle.test.ts",
  },
};

/** Tells whether every shortcut is left out. toolchain/bundle.mjs reads the same variable: it runs before there is TypeScript. */
export const isPlainEngine = (): boolean => process.env.KPAAS_PLAIN_ENGINE === "1";

/**
 * Has the engine log nothing: it writes every property of every resource, compressed and encrypted, which no setting turns off,
 * and does without where it cannot make the folder.
 */
export function keepNoLogs(folder: string): void {
  const isFile = statSync(folder, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isPlainEngine()) {
    if (isFile) rmSync(folder);
    return;
  }
  if (isFile) return;
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(
    folder,
    "Instead of a folder of this name, in which Pulumi's engine would log every property of every resource.\n",
  );
}

/** Takes out of Pulumi's runtime what it does at each resource for who works on Pulumi itself. */
export async function lightenRuntime(): Promise<void> {
  if (isPlainEngine()) return;
  const { log, Resource } = await import("@pulumi/pulumi");
  const { default: debuggable } = await import("@pulumi/pulumi/runtime/debuggable.js");
  // The engine only logs these messages.
  Object.assign(log, { debug: async () => {} });
  // Kept to tell an editor where a resource is made; its lines by source maps took most of the time.
  process.setSourceMapsEnabled(false);
  Object.assign(Resource, { callsites: () => [] });
  // Kept to tell of promises that nobody waited for.
  Object.assign(debuggable, { debuggablePromise: <T>(promise: Promise<T>) => promise });
}

/** Keeps Pulumi from asking the engine for outputs and a summary after each operation, which nothing here reads. */
export function askNothingAfterwards(stack: Stack): void {
  if (isPlainEngine()) return;
  stack.outputs = async () => ({});
  stack.info = async () => undefined;
}

/** Keeps Pulumi from asking the engine for a stack that is known to be there. */
export function selectWithoutAsking(workspace: Workspace): void {
  if (!isPlainEngine()) workspace.selectStack = async () => undefined;
}

/** Number of workers that come, go or change in one run, from which saving the whole state at each step takes longer than the steps. */
const manyWorkers = 50;

/** Tells whether the engine saves the state at the end of an operation only. `workers`: how many come, go or change. */
export const defersCheckpoints = (workers: number): boolean => workers >= manyWorkers && !isPlainEngine();

/** Variables with which the engine saves the state at the end only. */
export const deferredCheckpointVariables = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" } as const;

/**
 * Removes the attributes of a state that are no whole JSON. The engine keeps them beside the state and does not write them in one
 * step: killed meanwhile it leaves half, and no engine opens the state after it. It does without them.
 */
export function mendAttributes(stateFile: string): void {
  const path = `${stateFile}.attrs`;
  if (isPlainEngine() || !statSync(path, { throwIfNoEntry: false })) return;
  try {
    JSON.parse(readFileSync(path, "utf8"));
  } catch {
    rmSync(path, { force: true });
  }
}

/** Holder of a lock, as the engine tells it. */
export interface LockHolder {
  user: string;
  host: string;
  pid: string;
  since: string;
}

/** Reads what the engine tells in words alone: it has neither codes nor fields for it. */
export const engineWords = {
  /** Takes the engine's standard error out of the Automation API's report of everything. */
  standardError(report: string): string {
    const stderr = report.split(/\n\s*stderr: /)[1]?.split(/\n\s*err\?: /)[0];
    return isPlainEngine() ? report : (stderr?.trim() || report).replace(/^error: /, "");
  },

  /** Finds the holder of a lock; undefined where the message is about anything but a lock. */
  lockHolder(message: string): LockHolder | undefined {
    const [, user, host, pid, since] = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(message) ?? [];
    if (isPlainEngine() || !message.includes("the stack is currently locked by")) return undefined;
    return user && host && pid && since ? { user, host, pid, since } : undefined;
  },

  /** Tells whether the engine says that it has heard an interrupt and is stopping. */
  isStopping: (output: string): boolean => !isPlainEngine() && output.includes("^C received"),

  /** Tells whether a message concerns nobody who uses kpaas. */
  isNoise: (message: string): boolean => !isPlainEngine() && /^using pulumi-\S+ from \$PATH/.test(message),

  /**
   * Tells whether an error is the engine's closing word, or what it gave up because of another failure: neither says what failed.
   */
  isConsequence: (message: string): boolean =>
    !isPlainEngine() && /^(update|preview|refresh|destroy) failed$|context canceled$/.test(message),
};
