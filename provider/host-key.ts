import { fingerprintOf, hostKeyPath } from "../lib/ssh-key.ts";
import { acceptedHostKey } from "./accepted-host-keys.ts";
import { archiveOf, type DeliveredFiles } from "./delivered-files.ts";
import type { Context } from "./resource.ts";
import type { Connection, SshConnection } from "./sdk.ts";
import { endSshSession, sshSession, sshTransport } from "./ssh.ts";
import { OtherHostKey } from "./ssh-failure.ts";
import { noteHostKey } from "./ssh-session.ts";

/** Has sshd read its keys again, under either name that systems give it. Connections that stand go on. */
const script = `set -eu
umask 077
cd /
tar -x -f - --no-same-owner --unlink-first
systemctl reload ssh.service 2>/dev/null || systemctl reload sshd.service`;

/** A machine that is to be delivered files. */
export interface KeyedMachine {
  machineName: string;
  connection: SshConnection;
  /** The way to it as the state has it; absent where it has not been delivered anything yet. */
  before?: Connection;
}

/**
 * The handing over of a machine's own host key, over a connection on which the key of its user-data proves it: that one is worth nothing
 * from then on. No other file is sent before the machine has shown its own key.
 */
export class HostKeyHandover {
  private readonly machine: KeyedMachine;
  /** Key that the machine shows before; undefined where none is known, and it is trusted this once. */
  private readonly earlier: string | undefined;
  private isOver: boolean;
  /** The machine was given its key a moment ago. */
  private isSettling = false;

  constructor(machine: KeyedMachine) {
    const { connection, before } = machine;
    this.machine = machine;
    this.earlier = before?.kind === "ssh" ? before.hostKey : connection.firstHostKey;
    this.isOver = this.earlier !== undefined && this.earlier === connection.hostKey;
  }

  /** Resolves when the machine shows its own host key. @throws OtherHostKey where it shows none that it may. */
  async run(files: DeliveredFiles, context: Pick<Context, "warn">, signal: AbortSignal): Promise<void> {
    if (!this.isOver)
      await this.handOver(this.earlier, files, signal).then(
        () => this.noteTrust(context),
        (error) => this.judge(error, files, signal),
      );
    this.isOver = true;
    await sshSession(this.machine.connection, signal).catch((error) => this.judge(error, files, signal));
  }

  private async handOver(shown: string | undefined, files: DeliveredFiles, signal: AbortSignal): Promise<void> {
    await handOver({ ...this.machine.connection, hostKey: shown }, files, signal);
    this.isSettling = true;
  }

  private noteTrust({ warn }: Pick<Context, "warn">): void {
    const { connection, machineName } = this.machine;
    if (this.earlier) return;
    noteHostKey(connection);
    warn(`${machineName} was entered without its host key being known, this once; now it is on record`);
  }

  /** Goes on where another key than that before is one that the machine may show. */
  private async judge(error: unknown, files: DeliveredFiles, signal: AbortSignal): Promise<void> {
    if (!(error instanceof OtherHostKey)) throw error;
    const { connection, machineName, before } = this.machine;
    const { found } = error;
    // As a run that was killed has left it.
    if (!this.isOver && found === fingerprintOf(connection.hostKey ?? "")) return;
    if (found && found === acceptedHostKey(machineName)) return this.handOver(found, files, signal);
    // It may not have read its user-data yet, or its sshd not its new key: it is asked again until the time is over.
    if (!before || this.isSettling) throw new Error(error.message);
    throw error;
  }
}

async function handOver(connection: SshConnection, files: DeliveredFiles, signal: AbortSignal): Promise<void> {
  const keys = files.filter(({ path }) => path === hostKeyPath || path === `${hostKeyPath}.pub`);
  if (keys.length === 0) throw new Error(`its files have no ${hostKeyPath}`);
  const archive = await archiveOf(keys);
  const { exitCode, stderr } = await sshTransport(connection).exec(["sh", "-c", script], { stdin: archive, signal });
  if (exitCode !== 0) throw new Error(`its host key cannot be replaced: ${stderr.trim()}`);
  await endSshSession(connection);
}
