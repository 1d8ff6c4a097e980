import "../../../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "../../../lib/repository.ts";
import { readStackState } from "../../../operations/engine/state.ts";
import { openExisting } from "../../../operations/engine/workspace.ts";
import { kubectl } from "../../../toolchain/kubernetes.ts";
import { type Run, type RunOptions, run } from "./commands.ts";

export interface Change {
  op: string;
  type: string;
  name: string;
}

/** An environment of its own in folders of its own, driven by `./kpaas` as a user would. */
export class TestPlatform {
  readonly name: string;
  readonly folder: string;
  /** Variables of its every command, besides the test's own. */
  readonly environment: Record<string, string>;

  /** `environment`: variables of every command beside the platform's own. */
  constructor(name: string, environment: Record<string, string> = {}) {
    this.name = name;
    this.folder = mkdtempSync(join(tmpdir(), `kpaas-${name}-`));
    const stacks = join(this.folder, "stacks");
    mkdirSync(stacks);
    this.environment = {
      KPAAS_STACKS_DIR: stacks,
      KPAAS_STATE_DIR: join(this.folder, "state"),
      NO_COLOR: "1",
      ...environment,
    };
  }

  addEnvironment(environment: Record<string, string>): void {
    Object.assign(this.environment, environment);
  }

  get stateFolder(): string {
    return join(this.folder, "state");
  }

  /** Writes the environment's file. `secrets`: further configuration of the stack, by key; objects, which are kept as JSON. */
  configure(environment: Record<string, unknown>, secrets: Record<string, object> = {}): void {
    const path = join(this.folder, "stacks", `Pulumi.${this.name}.yaml`);
    const kept = Object.entries(secrets).map(([key, value]) => [key, JSON.stringify(value)]);
    writeFileSync(path, stringify({ config: { "kpaas:environment": environment, ...Object.fromEntries(kept) } }));
  }

  /** Runs `./kpaas <command> <environment> ...` */
  kpaas(command: string, args: string[] = [], options: RunOptions = {}): Promise<Run> {
    return run(join(repository, "kpaas"), [command, this.name, ...args], { ...options, env: this.environment });
  }

  async kpaasOk(command: string, args: string[] = [], options: RunOptions = {}): Promise<Run> {
    const result = await this.kpaas(command, args, options);
    if (result.code !== 0)
      throw new Error(`kpaas ${command} exited with ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  async kpaasJson<T>(command: string, args: string[] = []): Promise<T> {
    return JSON.parse((await this.kpaasOk(command, [...args, "--json"])).stdout);
  }

  /** Gives what a command would change, or has changed. */
  async changes(command: "preview" | "up" | "refresh"): Promise<Change[]> {
    const { resources } = await this.kpaasJson<{ resources: Change[] }>(command);
    return resources.filter(({ op }) => op !== "same" && op !== "refresh");
  }

  /** Gives the state's resources, with their secrets. */
  async stateResources<T>(): Promise<T[]> {
    const exported = await this.inOwnState(async () => (await openExisting(this.name))?.exportStack());
    return exported?.deployment.resources ?? [];
  }

  /** Reads ids without the Pulumi engine, which would decrypt what holds no id. */
  async idsInState(): Promise<Set<string | undefined>> {
    const state = await this.inOwnState(() => readStackState(this.name));
    return new Set(state?.resources.map(({ id }) => id));
  }

  /** Reads as in a process of this environment's own: the next platform of a test would be taken for this one otherwise. */
  private async inOwnState<T>(read: () => T): Promise<Awaited<T>> {
    const usual = { ...process.env };
    process.env.KPAAS_STATE_DIR = this.stateFolder;
    try {
      return await read();
    } finally {
      process.env = usual;
    }
  }

  async kubectl(args: string[], options: RunOptions = {}): Promise<Run> {
    const kubeconfig = join(this.folder, "kubeconfig");
    await this.kpaasOk("kubeconfig", ["--output", kubeconfig]);
    return run(await kubectl("1.36.3", () => {}), ["--kubeconfig", kubeconfig, ...args], options);
  }

  async kubectlOk(args: string[], options: RunOptions = {}): Promise<string> {
    const result = await this.kubectl(args, options);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${result.stderr}`);
    return result.stdout;
  }

  /** Runs a command in a machine. */
  machine(machine: string, command: string): Promise<Run> {
    return this.kpaas("ssh", [machine, "--", "sh", "-c", command]);
  }

  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
