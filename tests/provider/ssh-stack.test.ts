import { expect, test } from "vitest";
import type { Context } from "../../provider/resource.ts";
import { handler as secretFiles } from "../../provider/resources/secret-files.ts";
import { FirstBoot, SecretFiles, type SshConnection, SshKeyPair } from "../../provider/sdk.ts";
import { testStack } from "../harness/provider/test-stack.ts";
import { exec, sshSites } from "./ssh-site.ts";

const site = sshSites();

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
    const { machine, bastion } = site();
    const direct = { ...site().direct(), privateKeyPem: String(outputs.privateKey) };
    await site().authorize(String(outputs.publicKey));
    await machine.write("run/kpaas/phase", "reading secrets\n");
    await machine.write("var/log/journal", "it cannot go on\n");
    setTimeout(() => void bastion.start(), 3000);
    setTimeout(() => void machine.start(), 6000);

    const failed = await stack.up(wanted(site().throughBastion()));
    expect(failed.steps, failed.said).toMatchObject({ secrets: "create", boot: "create" });
    expect(failed.said).toContain("waited 20 s for worker-1's first boot to end");
    expect(failed.said).toContain("phase: reading secrets");
    expect(failed.said).toContain("it cannot go on");

    const listed = await exec(direct, "cd /etc/kpaas/secrets && find . -printf '%M %u %P\\n' | sort");
    expect(listed.stdout.trim().split("\n")).toEqual([
      "-rw------- root .complete",
      "-rw------- root outcome",
      "-rw------- root pki/etcd/ca.key",
      "drwx------ root ",
      "drwx------ root pki",
      "drwx------ root pki/etcd",
    ]);
    const { outcome, ...fewer } = files;
    await exec(direct, "mkdir -p /var/lib/kpaas; touch /var/lib/kpaas/first-boot.done");
    const mended = await stack.up(wanted(site().throughBastion(), fewer));
    expect(mended.succeeded, mended.said).toBe(true);
    expect(mended.steps).toMatchObject({ key: "same", secrets: "update", boot: "create" });
    expect((await exec(direct, "ls /etc/kpaas/secrets")).stdout).toBe("pki\n");

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

test("a delivery that is cut in the middle goes on when the machine is back", async () => {
  const { machine } = site();
  await machine.start();
  const context: Context = {
    name: "secrets",
    environment: "test",
    signal: new AbortController().signal,
    report: () => {},
    warn: () => {},
  };
  const content = "0123456789abcdef".repeat(8 * 1024 * 1024);
  const inputs = { machineId: "1", machineName: "worker-1", connection: site().direct(), files: { large: content } };
  const delivered = secretFiles.create(inputs, context);
  await expect
    .poll(() => exec(site().direct(), "test -s /etc/kpaas/secrets/large"), { interval: 10 })
    .toMatchObject({
      exitCode: 0,
    });
  expect(await exec(site().direct(), "test -e /etc/kpaas/secrets/.complete")).toMatchObject({ exitCode: 1 });
  await machine.kill();
  await machine.start();
  await delivered;
  const { stdout } = await exec(
    site().direct(),
    "cd /etc/kpaas/secrets; stat -c '%a %s %n' .complete large | cut -d' ' -f1,3; wc -c <large",
  );
  expect(stdout).toBe(`600 .complete\n600 large\n${content.length}\n`);
});
