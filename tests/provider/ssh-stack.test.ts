import { expect, test, vi } from "vitest";
import { secretFiles } from "../../components/first-boot/index.ts";
import { revisionOf } from "../../provider/delivery.ts";
import { packagesVariable } from "../../provider/packages.ts";
import type { Context } from "../../provider/resource.ts";
import { handler as machineFiles } from "../../provider/resources/machine-files.ts";
import { FirstBoot, type MachineFile, MachineFiles, type SshConnection, SshKeyPair } from "../../provider/sdk.ts";
import { testStack } from "../harness/provider/test-stack.ts";
import { exec, sshSites } from "./ssh-site.ts";

const site = sshSites();

const secrets = { outcome: "works", "pki/etcd/ca.key": "correct horse battery staple" };
const open: MachineFile[] = [{ path: "/etc/kpaas/hosts", content: "127.0.0.1 here\n" }];
const files = [...open, ...secretFiles(secrets)];
const wanted =
  (connection?: SshConnection, delivery: MachineFile[] = files) =>
  async () => {
    const pair = new SshKeyPair("key", {});
    if (connection) {
      const shared = {
        machineId: "1",
        machineName: "worker-1",
        connection: pair.privateKeyPem.apply((privateKeyPem) => ({ ...connection, privateKeyPem })),
      };
      const delivered = new MachineFiles("files", { ...shared, files: delivery, timeoutSeconds: 60 });
      new FirstBoot("boot", { ...shared, revision: delivered.revision, timeoutSeconds: 20 });
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
    expect(failed.steps, failed.said).toMatchObject({ files: "create", boot: "create" });
    expect(failed.said).toContain("waited 20 s for worker-1's first boot to end");
    expect(failed.said).toContain("phase: reading secrets");
    expect(failed.said).toContain("it cannot go on");

    const listed = await exec(direct, "cd /etc/kpaas/secrets && find . -printf '%M %u %P\\n' | sort");
    expect(listed.stdout.trim().split("\n")).toEqual([
      "-rw------- root outcome",
      "-rw------- root pki/etcd/ca.key",
      "drwx------ root ",
      "drwxr-xr-x root pki",
      "drwxr-xr-x root pki/etcd",
    ]);
    expect((await exec(direct, "stat -c %a /etc/kpaas/hosts; cat /etc/kpaas/hosts")).stdout).toBe(
      "644\n127.0.0.1 here\n",
    );
    const { outcome, ...fewerSecrets } = secrets;
    const fewer = secretFiles(fewerSecrets);
    // A first boot that applies the revision before is none that has applied this one.
    await exec(direct, `mkdir -p /var/lib/kpaas; echo ${revisionOf(fewer)} >/var/lib/kpaas/applied`);
    const mended = await stack.up(wanted(site().throughBastion(), fewer));
    expect(mended.succeeded, mended.said).toBe(true);
    expect(mended.steps).toMatchObject({ key: "same", files: "update", boot: "create" });
    expect((await exec(direct, "ls /etc/kpaas/secrets")).stdout).toBe("pki\n");
    expect(await exec(direct, "test -e /etc/kpaas/hosts")).toMatchObject({ exitCode: 1 });

    const state = JSON.stringify(await stack.state());
    for (const told of [state, failed.said, mended.said, machine.log]) {
      expect(told).not.toContain("PRIVATE KEY");
      expect(told).not.toContain(secrets["pki/etcd/ca.key"]);
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
    name: "files",
    environment: "test",
    signal: new AbortController().signal,
    report: () => {},
    warn: () => {},
  };
  const content = "0123456789abcdef".repeat(8 * 1024 * 1024);
  const large = secretFiles({ large: content });
  const inputs = { machineId: "1", machineName: "worker-1", connection: site().direct(), files: large };
  const delivered = machineFiles.create(inputs, context);
  await expect
    .poll(() => exec(site().direct(), "test -s /etc/kpaas/secrets/large"), { interval: 10 })
    .toMatchObject({
      exitCode: 0,
    });
  expect(await exec(site().direct(), "test -e /etc/kpaas/revision")).toMatchObject({ exitCode: 1 });
  await machine.kill();
  await machine.start();
  await delivered;
  const { stdout } = await exec(
    site().direct(),
    "cd /etc/kpaas; stat -c '%a %n' revision secrets/large; cat revision; wc -c <secrets/large",
  );
  expect(stdout).toBe(`600 revision\n600 secrets/large\n${revisionOf(large)}\n${content.length}\n`);
});

test("in a stack: only a run that asks brings security updates, machines keep them, and one made anew has none", async () => {
  const stack = await testStack();
  const { machine } = site();
  await machine.start();
  const program =
    (machineId = "1") =>
    async () => {
      const connection = site().direct();
      new MachineFiles("files", { machineId, machineName: "worker-1", connection, files: open, timeoutSeconds: 60 });
    };
  const asked = () => exec(site().direct(), "cat /etc/kpaas/packages.env").then(({ stdout }) => stdout);
  const asking = (packages: object) => {
    vi.stubEnv(packagesVariable, JSON.stringify(packages));
  };
  const step = async (of: () => Promise<void>) => {
    const { succeeded, said, steps } = await stack.up(of);
    expect(succeeded, said).toBe(true);
    return steps.files;
  };
  const sunday = { asOf: "2026-12-06T17:00:00.000Z", reboot: "never" };
  try {
    // A machine that is being made loses no time.
    asking(sunday);
    expect([await step(program()), await asked()]).toEqual(["create", ""]);
    vi.unstubAllEnvs();
    expect([await step(program()), await asked()]).toEqual(["same", ""]);
    asking({ ...sunday, until: "2026-01-01T00:00:00.000Z" });
    expect([await step(program()), await asked()]).toEqual(["same", ""]);
    asking(sunday);
    const files = "KPAAS_PACKAGES_AS_OF=2026-12-06T17:00:00.000Z\nKPAAS_REBOOT=never\n";
    expect([await step(program()), await asked()]).toEqual(["update", files]);
    expect(await step(program())).toBe("same");
    vi.unstubAllEnvs();
    expect((await stack.preview(program())).steps.files).toBe("same");
    expect([await step(program()), await asked()]).toEqual(["same", files]);
    expect((await stack.state()).resources.find(({ urn }) => urn.endsWith("::files"))).toMatchObject({
      inputs: { packages: sunday },
    });
    expect(await step(program("2"))).toMatch(/replace/);
    expect(await asked()).toBe("");
  } finally {
    vi.unstubAllEnvs();
    await stack.dispose();
  }
});
