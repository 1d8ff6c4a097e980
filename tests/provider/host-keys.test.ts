import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hostKeyFiles } from "../../components/host-key.ts";
import { fingerprintOf, generateSshKey, type SshKey } from "../../lib/ssh-key.ts";
import { acceptHostKeysVariable } from "../../provider/accepted-host-keys.ts";
import { openStream } from "../../provider/connect.ts";
import { deliver } from "../../provider/delivery.ts";
import type { MachineFile, SshConnection } from "../../provider/sdk.ts";
import { startShell } from "./shell-process.ts";
import { exec, sshSites } from "./ssh-site.ts";

const current = sshSites();
const caKey = "the authority's private key";

/** Keys of one machine's life. */
let first: SshKey;
let own: SshKey;
const warned: string[] = [];

beforeEach(async () => {
  [first, own] = [generateSshKey("worker-1"), generateSshKey("worker-1")];
  await current().machine.giveHostKey(first);
  warned.length = 0;
});
afterEach(() => vi.unstubAllEnvs());

const way = (): SshConnection => ({
  ...current().direct(),
  hostId: "i-1",
  hostKey: own.publicKeyOpenSsh,
  firstHostKey: first.publicKeyOpenSsh,
});
const files = (): MachineFile[] => [
  { path: "/etc/kpaas/secrets/pki/ca.key", content: caKey, permissions: "0600" },
  ...hostKeyFiles(own),
];
const context = {
  signal: new AbortController().signal,
  warn: (message: string) => void warned.push(message),
};

const deliverTo = (connection: SshConnection, before?: SshConnection, timeoutSeconds = 20) =>
  deliver({ machineName: "worker-1", connection, before }, files(), timeoutSeconds, context);
const message = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );
const received = () => readFile(join(current().machine.disk, "etc/kpaas/secrets/pki/ca.key"), "utf8");
/** Gives the machine another key, as if it were another machine at its address. */
async function restartWith(key: SshKey): Promise<void> {
  const { machine } = current();
  await machine.kill();
  await machine.giveHostKey(key);
  await machine.start();
}

test("the first connection is held to the key of user-data, which is replaced before anything else is sent", async () => {
  await current().machine.start();
  // As a killed run leaves it, at the latest.
  await expect(exec(way(), "true")).rejects.toThrow(fingerprintOf(first.publicKeyOpenSsh));
  await deliverTo(way());
  expect(await received()).toBe(caKey);
  expect(warned).toEqual([]);
  const shown = await readFile(join(current().machine.disk, "etc/ssh/ssh_host_ed25519_key"), "utf8");
  expect(shown).toBe(own.privateKeyPem);
  expect((await exec(way(), "echo verified")).stdout).toBe("verified\n");
  const stream = await openStream(way(), ["sh", "-c", "echo ready; cat"], { said: "ready\n" });
  stream.destroy();
});

test("a later connection does not take the key of user-data any more", async () => {
  await current().machine.start();
  await deliverTo(way());
  await restartWith(first);
  const refused = await message(deliverTo(way(), way()));
  expect(refused).toContain(fingerprintOf(first.publicKeyOpenSsh));
  expect(refused).toContain("raise its generation");
});

test("a run that was killed after the key was replaced, or before, goes on", async () => {
  await current().machine.start();
  await deliverTo(way());
  await deliverTo(way());
  await restartWith(first);
  await deliverTo(way());
  expect((await exec(way(), "echo verified")).stdout).toBe("verified\n");
});

test.each(["a machine that is made", "a machine that is there"])(
  "an impostor is sent nothing in place of %s",
  async (which) => {
    const impostor = generateSshKey("worker-1");
    await restartWith(impostor);
    const [found, expected] = [impostor, which.endsWith("made") ? first : own].map((key) =>
      fingerprintOf(key.publicKeyOpenSsh),
    );
    const refused = await message(which.endsWith("made") ? deliverTo(way(), undefined, 4) : deliverTo(way(), way()));
    expect(refused).toContain(`it shows the host key ${found}, and worker-1's is ${expected}. Nothing was sent to it`);
    expect(refused).toContain(`./kpaas up --accept-host-key worker-1=${found}`);
    await expect(received()).rejects.toThrow("ENOENT");
    // It never got as far as to be told who asks.
    expect(current().machine.log).not.toMatch(/Accepted|Failed publickey/);
  },
);

test("a shell, and a bastion, are held to their keys by whoever has the state, without a file of a former run", async () => {
  const { machine, bastion } = current();
  await machine.giveHostKey(own);
  await Promise.all([machine.start(), bastion.start()]);
  const through = (bastionKey: SshKey): SshConnection => {
    const { bastion: host, ...inside } = current().throughBastion();
    if (!host) throw new Error("a way through no bastion");
    return { ...inside, hostKey: own.publicKeyOpenSsh, bastion: { ...host, hostKey: bastionKey.publicKeyOpenSsh } };
  };
  const shell = async (connection: SshConnection) => {
    const child = startShell(connection, ["echo", "inside"], false);
    const [said, failed] = [child.stdout, child.stderr].map((stream) => {
      let text = "";
      stream?.on("data", (chunk) => {
        text += chunk;
      });
      return () => text;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, said: said?.(), failed: failed?.() };
  };
  expect(await shell(through(bastion.hostKey))).toMatchObject({ code: 0, said: "inside\n" });
  const impostor = await shell(through(generateSshKey("bastion")));
  expect(impostor).toMatchObject({ said: "" });
  expect(impostor.failed).toContain(fingerprintOf(bastion.hostKey.publicKeyOpenSsh));
  await expect(readFile(join(current().stateFolder, "known_hosts"))).rejects.toThrow("ENOENT");
});

test("a machine of an earlier release keeps what known_hosts says, and gets a key of its own that is on record", async () => {
  const { hostKey: _, firstHostKey: __, ...before } = way();
  await current().machine.start();
  await exec(before, "true");
  const { firstHostKey: ___, ...now } = way();
  await deliverTo(now, before);
  expect((await exec(now, "echo verified")).stdout).toBe("verified\n");
  expect(warned).toEqual([expect.stringContaining("worker-1 was entered without its host key being known")]);
  // Resources that still have the old way, and the run after one that was killed, know the new key.
  await restartWith(own);
  expect((await exec(before, "echo known")).stdout).toBe("known\n");
  await deliverTo(now, before);
  await restartWith(generateSshKey("other"));
  expect(await message(deliverTo(now, before))).toContain("known_hosts has another one");
});

test("a key that the user vouches for is taken, no other, and replaced by the machine's own", async () => {
  const [vouchedFor, other] = [generateSshKey("a"), generateSshKey("b")];
  vi.stubEnv(acceptHostKeysVariable, `worker-1=${fingerprintOf(vouchedFor.publicKeyOpenSsh)}`);
  await restartWith(other);
  expect(await message(deliverTo(way(), way()))).toContain(fingerprintOf(other.publicKeyOpenSsh));
  await restartWith(vouchedFor);
  await deliverTo(way(), way());
  expect(await received()).toBe(caKey);
  expect((await exec(way(), "echo verified")).stdout).toBe("verified\n");
});
