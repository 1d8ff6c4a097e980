import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dynamicLoader, withLoader } from "../../../toolchain/debian-packages.ts";
import { imageTools } from "../../../toolchain/image-tools.ts";
import { type Run, type RunOptions, run, runOk } from "../platform/commands.ts";

/** Rules that count, and drop, each packet towards the outside, whether this machine or a container sends it. */
const rules = `
table inet air_gap {
  counter attempts { }
  set places { type ipv4_addr . inet_proto . inet_service; flags dynamic; }
  chain leaving { counter name "attempts" add @places { ip daddr . meta l4proto . th dport } drop; }
  chain output { type filter hook output priority -300; oifname "outside" jump leaving; }
  chain forward { type filter hook forward priority -300; oifname "outside" jump leaving; }
}`;

/** A machine on a site without Internet: a network with loopback and its containers' networks, an empty home, a container engine, Node.js. */
export class IsolatedSite {
  readonly folder: string;
  private readonly holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.holder = holder;
  }

  static async start(): Promise<IsolatedSite> {
    const folder = mkdtempSync(join(tmpdir(), "kpaas-site-"));
    mkdirSync(join(folder, "cache"));
    const script = join(import.meta.dirname, "site.sh");
    const holder = spawn("unshare", ["-n", "-m", "--propagation", "private", "sh", script, folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: holder.stdout });
    const [said] = await Promise.race([once(lines, "line"), once(holder, "close").then(() => ["ended"])]);
    if (said !== "ready") throw new Error(`the site did not come up: ${said}`);
    const site = new IsolatedSite(folder, holder);
    await site.nft(["-f", "-"], { input: rules });
    return site;
  }

  /** Runs a command on the site, with no variable of the outer machine's. */
  exec(command: string, args: string[], options: RunOptions = {}): Promise<Run> {
    const { env = {}, ...more } = options;
    const own = {
      HOME: "/root",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      TMPDIR: "/tmp",
      NO_COLOR: "1",
      KPAAS_CACHE_DIR: join(this.folder, "cache"),
      KPAAS_STATE_DIR: join(this.folder, "state"),
      ...env,
    };
    const variables = Object.entries(own).map(([name, value]) => `${name}=${value}`);
    return run("nsenter", [...this.namespaces("-n", "-m"), "env", "-i", ...variables, command, ...args], more);
  }

  async execOk(command: string, args: string[], options: RunOptions = {}): Promise<Run> {
    const result = await this.exec(command, args, options);
    if (result.code !== 0)
      throw new Error(`${command} ${args.join(" ")} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Counts the packets that were sent towards the outside so far. */
  async attempts(): Promise<number> {
    const { stdout } = await this.nft(["list", "counter", "inet", "air_gap", "attempts"]);
    const [, packets] = /packets (\d+)/.exec(stdout) ?? [];
    if (packets === undefined) throw new Error(`no counter in: ${stdout}`);
    return Number(packets);
  }

  /** Begins to count anew. */
  async forgetAttempts(): Promise<void> {
    await this.nft(["reset", "counter", "inet", "air_gap", "attempts"]);
    await this.nft(["flush", "set", "inet", "air_gap", "places"]);
  }

  /** Tells where to packets were sent: address, protocol and port. */
  async places(): Promise<string[]> {
    const { stdout } = await this.nft(["list", "set", "inet", "air_gap", "places"]);
    return (
      /elements = \{([^}]*)\}/
        .exec(stdout)?.[1]
        ?.split(",")
        .map((one) => one.trim()) ?? []
    );
  }

  /** Lists the names that were asked for, each once. */
  names(): string[] {
    return [...new Set(readFileSync(join(this.folder, "names"), "utf8").split("\n").filter(Boolean))].sort();
  }

  async stop(): Promise<void> {
    this.holder.stdin?.end();
    if (this.holder.exitCode === null) await once(this.holder, "close");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private namespaces(...kinds: string[]): string[] {
    return ["-t", String(this.holder.pid), ...kinds, "--"];
  }

  private async nft(args: string[], options: RunOptions = {}): Promise<Run> {
    const root = await imageTools(() => undefined);
    const [program, words] = withLoader(await dynamicLoader(root), join(root, "usr/sbin/nft"), ...args);
    return runOk("nsenter", [...this.namespaces("-n"), program, ...words], options);
  }
}
