import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, expect, test } from "vitest";
import { generateSshKey, type SshKey } from "../../lib/ssh-key.ts";
import { connect } from "../../provider/connect.ts";
import { firstBoot } from "../../provider/first-boot-watch.ts";
import { commandLines, filesBelow, startShell } from "./shell-process.ts";
import type { SshMachine } from "./ssh-machine.ts";
import { exec, type SshSite, sshSites } from "./ssh-site.ts";

const current = sshSites();
let site: SshSite;
let key: SshKey;
let machine: SshMachine;
let bastion: SshMachine;
beforeEach(() => {
  site = current();
  ({ key, machine, bastion } = site);
});

const direct = () => site.direct();
const throughBastion = () => site.throughBastion();
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
  // These are more at once than sshd lets onto one connection.
  const many = await Promise.all(Array.from({ length: 15 }, (_, index) => exec(direct(), `sleep 1; echo ${index}`)));
  expect(many.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 15 }, (_, index) => index));
  expect(openings(machine)).toBeLessThanOrEqual(3);
});

test("a machine that boots late is waited for, and those that wait meanwhile share one attempt", async () => {
  const waits = Promise.all([1, 2].map(() => message(exec(direct(), "true"))));
  expect((await waits)[0]).toMatch(/^ubuntu@127\.0\.0\.1:\d+ cannot be entered: it refuses connections \(.*console/);
  const ready = firstBoot(direct(), "worker-1", "the newest", AbortSignal.timeout(60_000));
  setTimeout(() => void machine.start(), 4000);
  await machine.write("var/lib/kpaas/applied", "the newest\n");
  await ready;
  expect(openings(machine)).toBe(1);
});

test("an unaccepted key is named as the cause, and a key accepted later works", async () => {
  await machine.authorize(generateSshKey("other").publicKeyOpenSsh);
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

test("a machine of an earlier release, whose host key nobody knows, is held to the first that it shows", async () => {
  await machine.start();
  await exec({ ...direct(), hostId: "first" }, "true");
  expect(await readFile(join(site.stateFolder, "known_hosts"), "utf8")).toMatch(/^first ssh-ed25519 /m);
  await machine.kill();
  await machine.giveHostKey(generateSshKey("other"));
  await machine.start();
  expect(await message(exec({ ...direct(), hostId: "first" }, "true"))).toMatch(
    /shows the host key SHA256:\S{43}, and the environment's known_hosts has another/,
  );
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
    for (const [what, contents] of [...(await commandLines()), ...(await filesBelow(site.temporaryFolder))]) {
      seen++;
      if (contents.includes(secret) || contents.includes("PRIVATE KEY")) throw new Error(`the key is in ${what}`);
    }
  } while (!connected);
  await work;
  expect(seen).toBeGreaterThan(10);
  const agents = [...(await commandLines())].filter(
    ([, line]) => line.startsWith("ssh-agent") && line.includes(site.folder),
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
  expect(await site.connectionFolders()).toHaveLength(2);
  const gone = once(child, "exit");
  end(Number(child.pid));
  await gone;
  await expect.poll(() => site.connectionFolders(), { timeout: 5000 }).toEqual([]);
  const left = async () =>
    (await commandLines()).filter(([, line]) => line.includes(`${site.temporaryFolder}/kpaas-ssh-`));
  await expect.poll(left, { timeout: 5000 }).toEqual([]);
});
