import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { isNotInstalled } from "../lib/run.ts";
import type { SshHost } from "./sdk.ts";
import { configFile, destination, knownHosts, sharedConnection, sshConfig } from "./ssh-config.ts";
import { notInstalled, sshFailure } from "./ssh-failure.ts";

/** Time limit of an attempt to open a connection as a whole; its parts have shorter ones. */
const openSeconds = 30;
const tcpSeconds = 5;

/**
 * Script run by an agent that lives no longer than it: the key goes from a pipe into the agent's memory, and the agent
 * ends once ssh is in. The script ends with its standard input, so with the process that started it, and removes its
 * folder.
 */
const hold = `trap 'kill $ssh 2>/dev/null' HUP INT TERM
exec 4<&0
if ssh-add -q - <&3; then
  ssh -F "$1/config" ${destination} 'echo ready; exec cat >/dev/null' <&4 3<&- &
  ssh=$!
  wait $ssh
  wait $ssh
fi
kill "$SSH_AGENT_PID" 2>/dev/null
rm -rf "$1"`;

/** One connection to one machine, which any number of commands share; it ends with this process. */
export class SshSession {
  readonly host: SshHost;
  readonly folder: string;
  private readonly holder: ChildProcess;

  /** Opens a connection. @throws UserError where the machine cannot be entered. */
  static async open(host: SshHost, privateKeyPem: string, via?: SshSession): Promise<SshSession> {
    if (!via) await answersTcp(host);
    const folder = await mkdtemp(join(tmpdir(), "kpaas-ssh-"));
    await writeFile(configFile(folder), sshConfig(host, folder, await knownHostsFile(host, folder), via?.folder));
    const holder = spawn("ssh-agent", ["sh", "-c", hold, "kpaas-ssh", folder], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      env: { ...process.env, SSH_ASKPASS_REQUIRE: "never" },
    });
    try {
      await ready(holder, privateKeyPem, (said) => sshFailure(host, said, via?.host));
    } catch (error) {
      holder.kill();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return new SshSession(host, folder, holder);
  }

  private constructor(host: SshHost, folder: string, holder: ChildProcess) {
    this.host = host;
    this.folder = folder;
    this.holder = holder;
    // A connection alone is no reason for this process to live on.
    holder.unref();
    for (const stream of holder.stdio) (stream as Socket | null)?.unref();
  }

  get ended(): boolean {
    return this.holder.exitCode !== null || this.holder.signalCode !== null;
  }

  /** Starts ssh on this connection. */
  spawn(options: string[], command: string, stdio: ("pipe" | "inherit" | "ignore")[]): ChildProcess {
    return spawn("ssh", [...sharedConnection(this.folder), ...options, destination, command], { stdio });
  }

  /** Tells whether the connection still stands. */
  async check(): Promise<boolean> {
    if (this.ended) return false;
    const child = spawn("ssh", [...sharedConnection(this.folder), "-O", "check", destination], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    return code === 0;
  }

  /** Ends the connection once its commands have ended. */
  close(): void {
    this.holder.stdin?.end();
  }
}

/** Resolves when the machine's shell answers. */
async function ready(holder: ChildProcess, privateKeyPem: string, failure: (said: string) => Error): Promise<void> {
  let said = "";
  let answer = "";
  holder.stderr?.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  // They break when the other side ends first, which its exit tells.
  for (const stream of holder.stdio) stream?.on("error", () => {});
  (holder.stdio[3] as Writable).end(privateKeyPem);
  const timer = setTimeout(() => holder.kill(), openSeconds * 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once("error", (error) => reject(isNotInstalled(error) ? notInstalled() : error));
      holder.once("close", () => reject(failure(said || answer)));
      holder.stdout?.on("data", (chunk) => {
        answer = (answer + chunk).slice(-4000);
        if (/^ready$/m.test(answer)) resolve();
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the port before anything else starts: a machine that boots is asked often. @throws UserError */
async function answersTcp(host: SshHost): Promise<void> {
  const socket = connectTcp(host.port ?? 22, host.host);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(tcpSeconds * 1000) });
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    throw sshFailure(
      host,
      code === "ECONNREFUSED" ? "Connection refused" : name === "AbortError" ? "timed out" : `${code}`,
    );
  } finally {
    socket.destroy();
  }
}

/**
 * Gives the file by which a host's key is judged: one of this connection's own where the key is known. Where it is not, as with machines of
 * earlier releases, the environment's own, so that one that changes its host key is noticed by a later run, too.
 */
async function knownHostsFile(host: SshHost, folder: string): Promise<string> {
  const environmentFolder = process.env.KPAAS_ENVIRONMENT_DIR;
  if (host.hostKey || !environmentFolder) {
    const file = join(folder, "known_hosts");
    if (host.hostKey) await writeFile(file, knownHosts(host));
    return file;
  }
  await mkdir(environmentFolder, { recursive: true, mode: 0o700 });
  return join(environmentFolder, "known_hosts");
}

/** Has whoever does not know a host's key, as the state's resources of an earlier release, know it from the environment's file. */
export function noteHostKey(host: SshHost): void {
  const environmentFolder = process.env.KPAAS_ENVIRONMENT_DIR;
  if (!environmentFolder) return;
  const file = join(environmentFolder, "known_hosts");
  const line = knownHosts(host);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const others = lines.filter((each) => each !== "" && each.split(" ")[0] !== line.split(" ")[0]);
  writeFileSync(file, [...others, line].join("\n"), { mode: 0o600 });
}
