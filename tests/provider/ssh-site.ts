import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { generateSshKey, type SshKey } from "../../lib/ssh-key.ts";
import type { ExecOptions, ExecResult } from "../../local/exec.ts";
import { connect } from "../../provider/connect.ts";
import type { SshConnection } from "../../provider/sdk.ts";
import { SshMachine, user } from "./ssh-machine.ts";

/** Name that only the bastion knows: whoever reaches it came through the bastion. */
const inside = "inside.kpaas.test";

/** A test's own machine and bastion, both stopped, which take the same key. */
export class SshSite {
  readonly folder: string;
  readonly key: SshKey;
  readonly machine: SshMachine;
  readonly bastion: SshMachine;

  static async create(): Promise<SshSite> {
    const folder = await mkdtemp(join(tmpdir(), "kpaas-t-"));
    // Machines' users must get at what is below it.
    await chmod(folder, 0o755);
    await mkdir(join(folder, "tmp"), { mode: 0o1777 });
    const machine = await SshMachine.create(join(folder, "machine"));
    const bastion = await SshMachine.create(join(folder, "bastion"), [inside]);
    const site = new SshSite(folder, generateSshKey("kpaas-test"), machine, bastion);
    await site.authorize(site.key.publicKeyOpenSsh);
    return site;
  }

  private constructor(folder: string, key: SshKey, machine: SshMachine, bastion: SshMachine) {
    this.folder = folder;
    this.key = key;
    this.machine = machine;
    this.bastion = bastion;
  }

  /** The environment's state folder. */
  get stateFolder(): string {
    return join(this.folder, "environment");
  }

  get temporaryFolder(): string {
    return join(this.folder, "tmp");
  }

  /** Gives the folders of connections that stand. */
  async connectionFolders(): Promise<string[]> {
    return (await readdir(this.temporaryFolder)).filter((name) => name.startsWith("kpaas-ssh-"));
  }

  async authorize(publicKey: string): Promise<void> {
    for (const each of [this.machine, this.bastion]) await each.authorize(publicKey);
  }

  direct(): SshConnection {
    const { privateKeyPem } = this.key;
    return { kind: "ssh", host: "127.0.0.1", port: this.machine.port, user, privateKeyPem };
  }

  throughBastion(): SshConnection {
    return { ...this.direct(), host: inside, bastion: { host: "127.0.0.1", port: this.bastion.port, user } };
  }

  /** Removes everything at once; fails where anything of a connection stays behind. */
  async dispose(): Promise<void> {
    await Promise.all([this.machine.kill(), this.bastion.kill()]);
    await expect.poll(() => this.connectionFolders(), { timeout: 25_000 }).toEqual([]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

const names = ["TMPDIR", "KPAAS_ENVIRONMENT_DIR"] as const;

/** Gives each test of a file a site, whose folders are in this process's environment. */
export function sshSites(): () => SshSite {
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  let site: SshSite;
  beforeEach(async () => {
    site = await SshSite.create();
    Object.assign(process.env, { TMPDIR: site.temporaryFolder, KPAAS_ENVIRONMENT_DIR: site.stateFolder });
  });
  afterEach(async () => {
    for (const name of names) {
      delete process.env[name];
      if (before[name] !== undefined) process.env[name] = before[name];
    }
    await site.dispose();
  });
  return () => site;
}

export async function exec(connection: SshConnection, script: string, options?: ExecOptions): Promise<ExecResult> {
  return (await connect(connection)).exec(["sh", "-c", script], options);
}
