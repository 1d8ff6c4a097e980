import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { firstBoot } from "../../provider/first-boot-watch.ts";
import { FirstBoot, SecretFiles, type SshConnection, SshKeyPair } from "../../provider/sdk.ts";
import { generateSshKey, type SshKey } from "../../provider/ssh-key.ts";
import { connect } from "../../provider/transport.ts";
import { commandLines, filesBelow, startShell } from "./shell-process.ts";
import { SshMachine, user } from "./ssh-machine.ts";
import { testStack } from "./stack.ts";

let folder: string;
let key: SshKey;
let machine: SshMachine;
let bastion: SshMachine;
const environment = { TMPDIR: process.env.TMPDIR, KPAAS_ENVIRONMENT_DIR: process.env.KPAAS_ENVIRONMENT_DIR };

/** Known to the bastion alone: whoever reaches it came through the bastion. */
const inside = "inside.kpaas.test";

const temporary = () => join(folder, "tmp");
const connectionFolders = async () => (await readdir(temporary())).filter((name) => name.startsWith("kpaas-ssh-"));
const knownHosts = () => readFile(join(folder, "environment/known_hosts"), "utf8");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-t-"));
  // sshd's users must get at what is below it.
  await chmod(folder, 0o755);
  await mkdir(temporary(), { mode: 0o1777 });
  key = await generateSshKey("kpaas-test");
});
beforeEach(async () => {
  process.env.TMPDIR = temporary();
  process.env.KPAAS_ENVIRONMENT_DIR = join(folder, "environment");
  const own = await mkdtemp(join(folder, "machines-"));
  await chmod(own, 0o755);
  machine = await SshMachine.create(join(own, "machine"));
  bastion = await SshMachine.create(join(own, "bastion"), [inside]);
  for (const each of [machine, bastion]) await each.authorize(key.publicKeyOpenSsh);
});
afterEach(async () => {
  await Promise.all([machine.kill(), bastion.kill()]);
  // Nothing of a connection that has ended stays behind.
  await expect.poll(connectionFolders, { timeout: 25_000 }).toEqual([]);
  for (const name of ["TMPDIR", "KPAAS_ENVIRONMENT_DIR"] as const)
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const direct = (to = machine): SshConnection => ({
  kind: "ssh",
  host: "127.0.0.1",
  port: to.port,
  user,
  privateKeyPem: key.privateKeyPem,
});
const throughBastion = (): SshConnection => ({
  ...direct(),
  host: inside,
  bastion: { host: "127.0.0.1", port: bastion.port, user },
});

const exec = async (connection: SshConnection, script: string, options?: { stdin?: Buffer; signal?: AbortSignal }) =>
  (await connect(connection)).exec(["sh", "-c", script], options);
const message = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );
const openings = ({ log }: SshMachine) => log.match(/Accepted publickey/g)?.length ?? 0;

test("commands run as root on one shared connection; exit codes, quotes, large input and output pass unchanged", async () => {
  await machine.start();
  expect(await exec(direct(), "id -u; echo said >&2; exit 3")).toEqual({
    exitCode: 3,
    stdout: "0\n",
    stderr: "said\n",
  });
  expect(await exec(direct(), "exit 255")).toMatchObject({ exitCode: 255 });
  const words = ["a b", "it's", '"$HOME"', "", "*", "a\nb", "한글", "\\"];
  const transport = await connect(direct());
  const { stdout } = await transport.exec(["printf", "%s|", ...words]);
  expect(stdout).toBe(words.map((word) => `${word}|`).join(""));
  const large = Buffer.alloc(32 * 1024 * 1024, "0123456789abcdef");
  expect((await exec(direct(), "wc -c", { stdin: large })).stdout.trim()).toBe(String(large.length));
  expect((await exec(direct(), "cat", { stdin: large })).stdout.length).toBe(large.length);
  // More at once than sshd lets onto one connection.
  const many = await Promise.all(Array.from({ length: 15 }, (_, index) => exec(direct(), `sleep 1; echo ${index}`)));
  expect(many.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 15 }, (_, index) => index));
  expect(openings(machine)).toBeLessThanOrEqual(3);
});

test("a machine that boots late is waited for, and those that wait meanwhile share one attempt", async () => {
  const waits = Promise.all([1, 2].map(() => message(exec(direct(), "true"))));
  expect((await waits)[0]).toMatch(/^ubuntu@127\.0\.0\.1:\d+ cannot be entered: it refuses connections \(.*console/);
  const ready = firstBoot(direct(), "worker-1", AbortSignal.timeout(60_000));
  setTimeout(() => void machine.start(), 4000);
  await machine.write("var/lib/kpaas/first-boot.done", "");
  await ready;
  expect(openings(machine)).toBe(1);
});

test("an unaccepted key is named as the cause, and a key accepted later works", async () => {
  await machine.authorize((await generateSshKey("other")).publicKeyOpenSsh);
  await machine.start();
  expect(await message(exec(direct(), "true"))).toMatch(/does not accept the environment's key \(.*sshUser/);
  expect(await message(exec({ ...direct(), privateKeyPem: "no key" }, "true"))).toMatch(/private key cannot be read/);
  await machine.authorize(key.publicKeyOpenSsh);
  expect(await exec(direct(), "true")).toMatchObject({ exitCode: 0 });
});

test("a machine behind a bastion is entered through it, with one connection to the bastion for all", async () => {
  await Promise.all([machine.start(), bastion.start()]);
  const connection = throughBastion();
  expect((await exec(connection, "id -u")).stdout).toBe("0\n");
  expect((await exec({ ...connection, user: "root" }, "echo root")).stdout).toBe("root\n");
  expect([openings(machine), openings(bastion)]).toEqual([2, 1]);
  expect(await message(exec({ ...connection, port: 1 }, "true"))).toMatch(
    /^ubuntu@inside\.kpaas\.test:1 cannot be entered: nothing answers there through 127/,
  );
  await bastion.kill();
  await expect
    .poll(() => message(exec(connection, "true")), { timeout: 20_000 })
    .toMatch(/^ubuntu@127\.0\.0\.1:.*refuses/);
  await bastion.start();
  expect((await exec(connection, "echo again")).stdout).toBe("again\n");
});

test("a connection cut in the middle of a command is told, and the next command goes on with a new one", async () => {
  await machine.start();
  const cut = message(exec(direct(), "echo begun >/var/begun; sleep 60"));
  await expect.poll(() => exec(direct(), "cat /var/begun").then(({ stdout }) => stdout)).toBe("begun\n");
  await machine.kill();
  expect(await cut).toMatch(/^the connection to 127\.0\.0\.1:\d+ was cut$/);
  await machine.start();
  expect((await exec(direct(), "cat /var/begun")).stdout).toBe("begun\n");
});

test("a connection that falls silent is given up, and told", async () => {
  await machine.start();
  await exec(direct(), "true");
  await machine.freeze();
  const began = Date.now();
  expect(await message(exec(direct(), "true"))).toMatch(/was cut|does not answer/);
  expect(Date.now() - began).toBeLessThan(40_000);
});

test("cancelling ends a command and a wait at once", async () => {
  await machine.start();
  await exec(direct(), "true");
  const began = Date.now();
  expect(await message(exec(direct(), "sleep 60", { signal: AbortSignal.timeout(500) }))).toMatch(/abort/);
  await machine.kill();
  await message(exec(direct(), "true"));
  expect(await message(exec(direct(), "true", { signal: AbortSignal.timeout(100) }))).toMatch(/refuses|cut/);
  expect(Date.now() - began).toBeLessThan(3000);
});

test("a changed host key is refused, unless the machine is another one", async () => {
  await machine.start();
  await exec({ ...direct(), hostId: "first" }, "true");
  expect(await knownHosts()).toMatch(/^first ssh-ed25519 /m);
  await machine.kill();
  await machine.renewHostKey();
  await machine.start();
  expect(await message(exec({ ...direct(), hostId: "first" }, "true"))).toMatch(/another host key than before/);
  expect(await exec({ ...direct(), hostId: "second" }, "true")).toMatchObject({ exitCode: 0 });
});

test("the key is in no process's command line and in no file, while connecting and after", async () => {
  await machine.start();
  const secret = key.privateKeyPem.split("\n")[2] ?? "";
  let connected = false;
  const work = exec(direct(), "true").finally(() => {
    connected = true;
  });
  let seen = 0;
  do {
    for (const [what, contents] of [...(await commandLines()), ...(await filesBelow(temporary()))]) {
      seen++;
      if (contents.includes(secret) || contents.includes("PRIVATE KEY")) throw new Error(`the key is in ${what}`);
    }
  } while (!connected);
  await work;
  expect(seen).toBeGreaterThan(10);
  const agents = [...(await commandLines())].filter(
    ([, line]) => line.startsWith("ssh-agent") && line.includes(folder),
  );
  expect(agents).toEqual([]);
});

test("without ssh the user is told what to install", async () => {
  const path = process.env.PATH;
  await machine.start();
  process.env.PATH = "/nowhere";
  try {
    const failed = exec(direct(), "true");
    await expect(failed).rejects.toMatchObject({ next: "apt-get install openssh-client" });
    await expect(failed).rejects.toThrow(/OpenSSH's client .* is not installed/);
  } finally {
    process.env.PATH = path;
  }
});

test("a shell's command gets this process's streams, and gives its exit code", async () => {
  await Promise.all([machine.start(), bastion.start()]);
  const shell = async (argv: string[], stdin: boolean) => {
    const child = startShell(throughBastion(), argv, stdin);
    child.stdin.end("typed");
    const [[code], stdout] = await Promise.all([once(child, "close"), text(child.stdout)]);
    return { code, stdout };
  };
  expect(await shell(["sh", "-c", "id -u; cat; exit 7"], true)).toEqual({ code: 7, stdout: "0\ntyped" });
  // Standard input stays open and silent: the reader of a log that is followed lives as long as this side.
  expect(await shell(["sh", "-c", "timeout 1 cat; echo $?"], false)).toEqual({ code: 0, stdout: "124\n" });
});

test.each([
  ["alone", "SIGKILL", (pid: number) => process.kill(pid, "SIGKILL")],
  ["with all it started", "SIGTERM", (pid: number) => process.kill(-pid, "SIGTERM")],
  ["with all it started", "SIGINT", (pid: number) => process.kill(-pid, "SIGINT")],
])("a process that is ended %s by %s leaves neither connection nor agent nor file", async (_, _signal, end) => {
  await Promise.all([machine.start(), bastion.start()]);
  const child = startShell(throughBastion(), ["sh", "-c", "echo begun; exec cat"], false);
  await once(child.stdout, "data");
  expect(await connectionFolders()).toHaveLength(2);
  const gone = once(child, "exit");
  end(Number(child.pid));
  await gone;
  await expect.poll(connectionFolders, { timeout: 5000 }).toEqual([]);
  const left = async () => (await commandLines()).filter(([, line]) => line.includes(`${temporary()}/kpaas-ssh-`));
  await expect.poll(left, { timeout: 5000 }).toEqual([]);
});

const files = { outcome: "works", "pki/etcd/ca.key": "correct horse battery staple" };
const wanted =
  (connection?: SshConnection, secrets: Record<string, string> = files) =>
  async () => {
    const pair = new SshKeyPair("key", {});
    if (connection) {
      const shared = {
        machineId: "1",
        machineName: "worker-1",
        connection: pair.privateKeyPem.apply((privateKeyPem) => ({ ...connection, privateKeyPem })),
      };
      const delivered = new SecretFiles("secrets", { ...shared, files: secrets, timeoutSeconds: 60 });
      new FirstBoot("boot", { ...shared, timeoutSeconds: 20 }, { dependsOn: delivered });
    }
    return { publicKey: pair.publicKeyOpenSsh, privateKey: pair.privateKeyPem };
  };

test("in a stack: files are delivered through the bastion to a machine that boots, for root alone; the key stays secret", async () => {
  const stack = await testStack();
  try {
    const { outputs } = await stack.up(wanted());
    for (const each of [machine, bastion]) await each.authorize(String(outputs.publicKey));
    await machine.write("run/kpaas/phase", "reading secrets\n");
    await machine.write("var/log/journal", "it cannot go on\n");
    setTimeout(() => void bastion.start(), 3000);
    setTimeout(() => void machine.start(), 6000);

    const failed = await stack.up(wanted(throughBastion()));
    expect(failed.steps).toMatchObject({ secrets: "create", boot: "create" });
    expect(failed.said).toContain("waited 20 s for worker-1's first boot to end");
    expect(failed.said).toContain("phase: reading secrets");
    expect(failed.said).toContain("it cannot go on");

    const listed = await exec(
      { ...direct(), privateKeyPem: String(outputs.privateKey) },
      "cd /etc/kpaas/secrets && find . -printf '%M %u %P\\n' | sort",
    );
    expect(listed.stdout.trim().split("\n")).toEqual([
      "-rw------- root .complete",
      "-rw------- root outcome",
      "-rw------- root pki/etcd/ca.key",
      "drwx------ root ",
      "drwx------ root pki",
      "drwx------ root pki/etcd",
    ]);
    const { outcome, ...fewer } = files;
    await exec(
      { ...direct(), privateKeyPem: String(outputs.privateKey) },
      "mkdir -p /var/lib/kpaas; touch /var/lib/kpaas/first-boot.done",
    );
    const mended = await stack.up(wanted(throughBastion(), fewer));
    expect(mended.succeeded, mended.said).toBe(true);
    expect(mended.steps).toMatchObject({ key: "same", secrets: "update", boot: "create" });
    expect(
      (await exec({ ...direct(), privateKeyPem: String(outputs.privateKey) }, "ls /etc/kpaas/secrets")).stdout,
    ).toBe("pki\n");

    const state = JSON.stringify(await stack.state());
    for (const told of [state, failed.said, mended.said, machine.log]) {
      expect(told).not.toContain("PRIVATE KEY");
      expect(told).not.toContain(files["pki/etcd/ca.key"]);
      expect(told).not.toContain(outcome);
    }
    expect(await stack.destroy()).toMatchObject({ succeeded: true });
  } finally {
    await stack.dispose();
  }
});
