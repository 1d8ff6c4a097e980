import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { begun, joined } from "../lib/command-stream.ts";
import type { ExecOptions, ExecResult, StreamOptions } from "../local/exec.ts";
import type { SshConnection, SshHost } from "./sdk.ts";
import { rootCommandLine } from "./ssh-config.ts";
import { address } from "./ssh-failure.ts";
import { SshSession } from "./ssh-session.ts";
import type { Transport } from "./transport.ts";

/** Runs commands in a machine over SSH, all on one connection; one that breaks is made anew by the next command. */
export function sshTransport(connection: SshConnection): Transport {
  return {
    async exec(argv, options = {}) {
      for (let attempt = 1; ; attempt++) {
        const session = await sshSession(connection, options.signal);
        const result = await execOn(session, argv, options);
        if (result) return result;
        // It never began, so it cannot be done twice.
        if (attempt === 2) throw new Error(`${address(connection)} takes no more commands on its connection`);
        forget(connection, session);
      }
    },
  };
}

/** Starts a command in a machine over SSH and gives its input and output. @throws where it does not begin. */
export async function sshStream(
  connection: SshConnection,
  argv: string[],
  { said, signal }: StreamOptions,
): Promise<Duplex> {
  for (let attempt = 1; ; attempt++) {
    const session = await sshSession(connection, signal);
    signal?.throwIfAborted();
    const child = session.spawn(["-T"], rootCommandLine(session.host.user, argv), ["pipe", "pipe", "pipe"]);
    const { stdin, stdout } = child;
    if (!stdin || !stdout) throw new Error("ssh was started without its streams");
    const stderr = textOf(child.stderr);
    // It may end before it is spoken to.
    stdin.on("error", () => {});
    try {
      await unlessAborted(begun(stdout, said), signal, () => end(child));
    } catch (error) {
      signal?.throwIfAborted();
      child.kill();
      const reason = (await stderr).trim();
      if (!notBegun.test(reason) || attempt === 2) throw new Error(reason || (error as Error).message);
      forget(connection, session);
      continue;
    }
    stdout.once("close", () => child.kill());
    return joined(stdout, stdin);
  }
}

/** Exit code of ssh itself when it fails, which a command's may be, too. */
const failed = 255;
/** Pattern of what ssh says where the command did not begin. */
const notBegun = /mux_client_request_session|UNKNOWN port 65535|Control socket connect/;

/** Runs a command; gives undefined where it did not begin. @throws where its outcome is not known. */
async function execOn(
  session: SshSession,
  argv: string[],
  { stdin, signal }: ExecOptions,
): Promise<ExecResult | undefined> {
  signal?.throwIfAborted();
  const child = session.spawn(["-T"], rootCommandLine(session.host.user, argv), [
    stdin ? "pipe" : "ignore",
    "pipe",
    "pipe",
  ]);
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // A command may end without reading all of it.
  child.stdin?.on("error", () => {}).end(stdin);
  const outcome = Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
  const [exitCode, stdout, stderr] = await unlessAborted(outcome, signal, () => end(child));
  if (exitCode === failed && notBegun.test(stderr)) return undefined;
  if (exitCode === null || (exitCode === failed && !(await session.check())))
    throw new Error(`the connection to ${address(session.host)} was cut`);
  return { exitCode, stdout, stderr };
}

const textOf = (stream: Readable | null): Promise<string> => (stream ? text(stream) : Promise.resolve(""));

/** Ends an ssh and its streams, which would stay open: the shared connection has them, too, until the command has ended. */
function end(child: ChildProcess): void {
  child.kill();
  for (const stream of child.stdio) stream?.destroy();
}

/** A connection: being made as long as it has neither session nor failure of its own. */
interface Entry {
  opening: Promise<SshSession>;
  session?: SshSession;
  failed: boolean;
  /** Failures in a row. */
  failures: number;
  lastFailure?: Error;
}

const entries = new Map<string, Entry>();
const longestPauseSeconds = 5;

/**
 * Gives the connection to a machine, made where there is none. After each failure the next attempt waits longer. Where
 * the signal aborts meanwhile, the failure is the last one's. @throws UserError where the machine cannot be entered.
 */
export function sshSession(connection: SshConnection, signal?: AbortSignal): Promise<SshSession> {
  const known = entries.get(keyOf(connection));
  const usable = known && !known.failed && !known.session?.ended;
  const { opening, lastFailure } = usable ? known : begin(connection, known);
  return unlessAborted(opening, signal, () => {
    if (lastFailure) throw lastFailure;
  });
}

function begin(connection: SshConnection, { failures = 0, lastFailure }: Partial<Entry> = {}): Entry {
  const entry: Entry = { opening: openAfterPause(connection, failures), failed: false, failures, lastFailure };
  entries.set(keyOf(connection), entry);
  entry.opening.then(
    (session) => Object.assign(entry, { session, failures: 0, lastFailure: undefined }),
    (error) => Object.assign(entry, { failed: true, failures: failures + 1, lastFailure: error }),
  );
  return entry;
}

async function openAfterPause({ bastion, ...connection }: SshConnection, failures: number): Promise<SshSession> {
  if (failures > 0) await sleep(1000 * Math.min(2 ** (failures - 1), longestPauseSeconds));
  const { privateKeyPem } = connection;
  const via = bastion && (await sshSession({ kind: "ssh", privateKeyPem, ...bastion }));
  return SshSession.open(connection, privateKeyPem, via);
}

/** Gives what `work` gives; as soon as the signal aborts, rejects with its reason, or with what `onAbort` throws. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, onAbort: () => void): Promise<T> {
  if (!signal) return work;
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    if (signal.aborted) onAbort();
    throw error;
  } finally {
    settled.abort();
  }
}

/** Ends the connection to a machine, where there is one, once its commands have ended. */
export async function endSshSession(connection: SshConnection): Promise<void> {
  const session = entries.get(keyOf(connection))?.session;
  if (session) forget(connection, session);
}

/** Gives a connection up: its commands still end, and new ones get another connection. */
function forget(connection: SshConnection, session: SshSession): void {
  session.close();
  const key = keyOf(connection);
  if (entries.get(key)?.session === session) entries.delete(key);
}

const keyOf = ({ privateKeyPem, bastion, ...host }: SshConnection): string =>
  JSON.stringify([identityOf(host), bastion && identityOf(bastion), privateKeyPem]);

const identityOf = ({ host, port, user, hostId, hostKey }: SshHost): unknown[] => [host, port, user, hostId, hostKey];
