import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { specialSecretSig } from "@pulumi/pulumi/runtime/rpc.js";
import { repository } from "../../../lib/repository.ts";
import { pulumiCommand } from "../../../toolchain/pulumi.ts";

const project = "provider-test";
const name = "test";

export const providerFolder = join(repository, "provider");

/** An operation's outcome: the engine's steps by resource name, and everything it said. */
export interface Outcome {
  succeeded: boolean;
  steps: Record<string, string>;
  said: string;
  outputs: Record<string, unknown>;
}

/** A stack of the real Pulumi engine with a backend of its own, in a folder that `dispose` removes. */
export interface TestStack {
  preview(program: PulumiFn): Promise<Outcome>;
  up(program: PulumiFn, options?: { refresh?: boolean; signal?: AbortSignal }): Promise<Outcome>;
  refresh(): Promise<Outcome>;
  destroy(): Promise<Outcome>;
  /** Gives the state as it is stored: secrets are ciphertext. */
  state(): Promise<State>;
  /** Replaces the stored state by what `change` makes of it. */
  rewrite(change: (state: State) => void): Promise<void>;
  /** Releases the lock that a killed engine held. */
  unlock(): Promise<void>;
  /** Gives the process id of the engine at work. */
  enginePid(): Promise<number | undefined>;
  dispose(): Promise<void>;
}

export interface State {
  resources: { urn: string; id?: string; outputs?: Record<string, unknown>; initErrors?: string[] }[];
  pending_operations?: unknown[];
}

export async function testStack(): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), "kpaas-provider-"));
  const { root } = await pulumiCommand(console.log);
  const env = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "for this test alone",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A simulated cloud has no plugin to look for.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  await mkdir(env.PULUMI_HOME);
  // A file in place of the folder: the engine's log takes as long as its work.
  await writeFile(join(env.PULUMI_HOME, "logs"), "");
  const stack = await LocalWorkspace.createStack(
    { stackName: name, projectName: project, program: async () => {} },
    {
      pulumiCommand: await PulumiCommand.get({ root }),
      envVars: env,
      projectSettings: {
        name: project,
        runtime: "nodejs",
        // The SDK's type of `plugins` lags behind the engine's.
        ...{ plugins: { providers: [{ name: "kpaas", path: providerFolder }] } },
      },
    },
  );
  // After each operation Pulumi would run the engine three times more.
  const readOutputs = stack.outputs.bind(stack);
  stack.outputs = async () => ({});
  stack.info = async () => undefined;

  const run = async (operation: (onEvent: (event: EngineEvent) => void) => Promise<{ stdout: string }>) => {
    const steps: Record<string, string> = {};
    const said: string[] = [];
    const onEvent = (event: EngineEvent) => {
      const step = event.resourcePreEvent?.metadata;
      // A replacement is told in several steps, of which the first says it all.
      if (step && !step.type.startsWith("pulumi:")) steps[step.urn.split("::").at(-1) ?? ""] ??= step.op;
      // The SDK's debugging messages hold everything; nobody sees them unless they ask for them.
      if (String(event.diagnosticEvent?.severity) !== "debug") said.push(JSON.stringify(event));
    };
    try {
      const { stdout } = await operation(onEvent);
      return { succeeded: true, steps, said: [...said, stdout].join("\n") };
    } catch (error) {
      return { succeeded: false, steps, said: [...said, String(error)].join("\n") };
    }
  };
  const readState = async () => {
    const file = join(folder, ".pulumi/stacks", project, `${name}.json`);
    return JSON.parse(await readFile(file, "utf8")).checkpoint.latest as State;
  };
  /** Gives the outputs; runs the Pulumi engine, which takes two runs for them, only where there are secrets. */
  const outputs = async (): Promise<Outcome["outputs"]> => {
    const { resources = [] } = await readState();
    const stored = resources.find(({ urn }) => urn.includes("::pulumi:pulumi:Stack::"))?.outputs ?? {};
    if (!JSON.stringify(stored).includes(specialSecretSig)) return stored;
    return Object.fromEntries(Object.entries(await readOutputs()).map(([key, { value }]) => [key, value]));
  };
  const withOutputs = async (outcome: Omit<Outcome, "outputs">) => ({ ...outcome, outputs: await outputs() });

  return {
    preview: async (program) => {
      stack.workspace.program = program;
      return { ...(await run((onEvent) => stack.preview({ onEvent, diff: true }))), outputs: {} };
    },
    up: async (program, options) => {
      stack.workspace.program = program;
      return withOutputs(await run((onEvent) => stack.up({ onEvent, suppressProgress: true, ...options })));
    },
    refresh: async () => withOutputs(await run((onEvent) => stack.refresh({ onEvent }))),
    destroy: async () => withOutputs(await run((onEvent) => stack.destroy({ onEvent }))),
    // `exportStack` would open secrets.
    state: readState,
    rewrite: async (change) => {
      const exported = await stack.exportStack();
      change(exported.deployment);
      await stack.importStack(exported);
    },
    unlock: async () => {
      await stack.cancel();
      const exported = await stack.exportStack();
      await stack.importStack({ ...exported, deployment: { ...exported.deployment, pending_operations: [] } });
    },
    enginePid: async () => {
      const locks = join(folder, ".pulumi/locks/organization", project, name);
      const [file] = (await readdir(locks).catch(() => [])).filter((entry) => entry.endsWith(".json"));
      return file && JSON.parse(await readFile(join(locks, file), "utf8")).pid;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
