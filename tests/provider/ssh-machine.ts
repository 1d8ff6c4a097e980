import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { kill } from "node:process";
import { generateSshKey, type SshKey } from "../../lib/ssh-key.ts";
import { freeLoopbackPort } from "../../local/ports.ts";
import { debianPackages } from "../../toolchain/debian-packages.ts";

export const user = "ubuntu";

const script = (text: string) => `#!/bin/sh\n${text}\n`;

const sshdConfig = `HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
LogLevel VERBOSE
`;

const permitAll = ["auth", "account", "password", "session"].map((kind) => `${kind} required pam_permit.so\n`).join("");

/** Files by path: contents, and mode where it is not 0644. */
const files: Record<string, [string, number?]> = {
  "etc/passwd": [
    `root:*:0:0::/root:/bin/bash\nsshd:*:100:65534::/run/sshd:/bin/false\n${user}:*:1000:1000::/home/${user}:/bin/bash\n`,
  ],
  "etc/group": [`root:*:0:\n${user}:*:1000:\n`],
  "etc/sudoers": [`root ALL=(ALL) ALL\n${user} ALL=(ALL) NOPASSWD: ALL\n`, 0o440],
  "etc/pam.d/sudo": [permitAll],
  "etc/pam.d/other": [permitAll],
  "etc/ssh/sshd_config": [sshdConfig],
  "etc/ssh/authorized_keys": [""],
  // The machine has no init system.
  "usr/bin/journalctl": [script("cat /var/log/journal"), 0o755],
  "usr/bin/systemctl": [
    script("case $1 in reload) exec kill -HUP 1 ;; *) cat /var/lib/restarts 2>/dev/null || echo 0 ;; esac"),
    0o755,
  ],
};

/**
 * A Debian tree with a real sshd and sudo, in namespaces of its own on this machine's loopback: it stands for a cloud's
 * machine. All its processes end with it, and what it writes is below `disk`.
 */
export class SshMachine {
  readonly port: number;
  readonly disk: string;
  /** Output of sshd. */
  log = "";
  /** Host key that it was given last. */
  hostKey: SshKey;
  private readonly folder: string;
  private readonly root: string;
  private process?: ChildProcess;

  /** Made, not started. `hosts` are names that only this machine knows, for loopback. */
  static async create(folder: string, hosts: string[] = []): Promise<SshMachine> {
    const packages = ["openssh-server", "sudo", "dash", "bash", "coreutils", "findutils", "grep", "sed", "tar"];
    const root = await debianPackages("ssh-machine", packages, console.log);
    const machine = new SshMachine(folder, root, await freeLoopbackPort());
    for (const [path, [contents, mode = 0o644]] of Object.entries(files)) await machine.write(path, contents, mode);
    await machine.write("etc/hosts", `127.0.0.1 ${["localhost", hostname(), ...hosts].join(" ")}\n`);
    await machine.giveHostKey(machine.hostKey);
    for (const path of ["run/sshd", `home/${user}`, "root"]) await mkdir(join(machine.disk, path), { recursive: true });
    return machine;
  }

  private constructor(folder: string, root: string, port: number) {
    this.folder = folder;
    this.root = root;
    this.port = port;
    this.disk = join(folder, "upper");
    this.hostKey = generateSshKey("host");
  }

  /** Writes a file, while the machine is stopped; those in `files` at any time. */
  async write(path: string, contents: string, mode = 0o644): Promise<void> {
    const file = join(this.disk, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents, { mode });
  }

  authorize(publicKey: string): Promise<void> {
    return this.write("etc/ssh/authorized_keys", `${publicKey}\n`);
  }

  /** Gives it a host key, while it is stopped. */
  async giveHostKey(key: SshKey): Promise<void> {
    this.hostKey = key;
    await rm(join(this.disk, "etc/ssh/ssh_host_ed25519_key"), { force: true });
    await this.write("etc/ssh/ssh_host_ed25519_key", key.privateKeyPem, 0o600);
  }

  /** Resolves when sshd answers. */
  async start(): Promise<void> {
    const { folder, root, disk, port } = this;
    const [work, mounted] = [join(folder, "work"), join(folder, "mounted")];
    for (const path of [work, mounted]) await mkdir(path, { recursive: true });
    const boot = [
      `mount -t overlay overlay -o lowerdir=${root},upperdir=${disk},workdir=${work} ${mounted}`,
      `mkdir -p ${mounted}/proc && mount -t proc proc ${mounted}/proc && mount --rbind /dev ${mounted}/dev`,
      `exec chroot ${mounted} /usr/sbin/sshd -D -e -p ${port} -o ListenAddress=127.0.0.1`,
    ].join(" && ");
    this.process = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", boot], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process.stderr?.on("data", (chunk) => {
      this.log += chunk;
    });
    const deadline = Date.now() + 20_000;
    while (!(await answers(port))) {
      if (Date.now() > deadline) throw new Error(`sshd does not start: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Stops the machine at once, with every connection: as when its host loses power. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (!process || process.exitCode !== null) return;
    const gone = once(process, "close");
    // The namespace's first process, with which all others go, is awaited by its parent.
    kill(Number((await children(process))[0]), "SIGKILL");
    await gone;
  }

  /** Silences the machine, whose connections stay open: as when the network loses it. */
  async freeze(): Promise<void> {
    const stop = async (pid: number): Promise<void> => {
      kill(pid, "SIGSTOP");
      for (const child of await children({ pid })) await stop(child);
    };
    for (const pid of await children(this.process ?? {})) await stop(pid);
  }
}

async function children({ pid = 0 }: { pid?: number }): Promise<number[]> {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return listed.trim().split(" ").filter(Boolean).map(Number);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
