import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firstBootUnits } from "../../components/first-boot/units.ts";
import { versions } from "../../config/versions.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { FirstBoot, LocalMachine, LocalNetwork, SecretFiles } from "../../provider/sdk.ts";
import { type Outcome, type TestStack, testStack } from "../harness/provider/test-stack.ts";

const environment = `provider-${process.pid}`;
const good = `${environment}-good`;
const bad = `${environment}-bad`;

/** Stands for a role's script: waits for its secrets, then counts its runs. */
const script = `#!/bin/sh
mkdir -p /run/kpaas /var/lib/kpaas
echo "waiting for secrets" >/run/kpaas/phase
until [ -e /etc/kpaas/secrets/.complete ]; do sleep 0.1; done
echo "reading secrets" >/run/kpaas/phase
if [ "$(cat /etc/kpaas/secrets/outcome)" = fails ]; then echo "these secrets are of no use"; exit 1; fi
echo run >>/var/lib/kpaas/runs
touch /var/lib/kpaas/first-boot.done
`;
const userData = `#cloud-config
${JSON.stringify({
  write_files: [
    ...firstBootUnits("test", true),
    { path: "/usr/local/lib/kpaas/first-boot", content: script, permissions: "0755" },
  ],
  runcmd: [
    ["systemctl", "daemon-reload"],
    ["systemctl", "start", "--no-block", "kpaas-first-boot.path", "kpaas-first-boot.service"],
  ],
})}
`;

let engine: Docker;
let image: string;
let stack: TestStack;

beforeAll(async () => {
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  image = await ensureMachineImage("machine", versions.kubernetes, console.log);
  stack = await testStack();
});

afterAll(async () => {
  const destroyed = await stack.destroy();
  await stack.dispose();
  expect(destroyed).toMatchObject({ succeeded: true });
  const filters = { label: [`${environmentLabel}=${environment}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  expect(await engine.listNetworks({ filters })).toEqual([]);
});

const program = (machines: Record<string, Record<string, string>>) => async () => {
  const network = new LocalNetwork("network", {
    networkName: `kpaas-${environment}`,
    environment,
    cidr: "10.253.78.0/24",
    gateway: "10.253.78.1",
    dynamicCidr: "10.253.78.128/25",
  });
  for (const [hostname, files] of Object.entries(machines)) {
    const machineName = hostname.replace(`${environment}-`, "");
    const machine = new LocalMachine(machineName, {
      hostname,
      environment,
      role: "worker",
      machineName,
      image,
      networkId: network.id,
      userData,
      firewall: "flush ruleset\n",
      volumes: {},
      publicPorts: [],
    });
    const shared = {
      machineId: machine.id,
      machineName,
      connection: { kind: "container", container: hostname } as const,
    };
    const delivered = new SecretFiles(`${machineName}-secrets`, { ...shared, files });
    new FirstBoot(`${machineName}-boot`, { ...shared, timeoutSeconds: 120 }, { dependsOn: delivered });
  }
};

async function inMachine(hostname: string, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["sh", "-c", command]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function runs(hostname: string): Promise<number> {
  return Number(await inMachine(hostname, "wc -l </var/lib/kpaas/runs"));
}

const password = "correct horse battery staple";
const files = { outcome: "works", "pki/etcd/ca.key": password, users: "admin" };
const steps = ({ steps }: Outcome) => steps;

test("secrets are on the machine for root alone before its first boot goes on, and never said", async () => {
  const made = await stack.up(program({ [good]: files }));
  expect(made.succeeded, made.said).toBe(true);
  expect(made.said).not.toContain(password);
  expect(JSON.stringify(await stack.state())).not.toContain(password);
  const listed = await inMachine(good, "cd /etc/kpaas/secrets && find . -printf '%M %u %P\\n' | sort");
  expect(listed.split("\n")).toEqual([
    "-rw------- root .complete",
    "-rw------- root outcome",
    "-rw------- root pki/etcd/ca.key",
    "-rw------- root users",
    "drwx------ root ",
    "drwx------ root pki",
    "drwx------ root pki/etcd",
  ]);
  expect(await inMachine(good, "cat /etc/kpaas/secrets/pki/etcd/ca.key")).toBe(password);
  expect(await runs(good)).toBe(1);
  expect(steps(await stack.preview(program({ [good]: files })))).toEqual({
    network: "same",
    good: "same",
    "good-secrets": "same",
    "good-boot": "same",
  });
});

test("changed secrets are delivered again, dropped ones are removed, and the machine takes note", async () => {
  const { users: _, ...fewer } = files;
  const changed = await stack.up(program({ [good]: { ...fewer, outcome: "works still" } }));
  expect(steps(changed)).toMatchObject({ good: "same", "good-secrets": "update", "good-boot": "same" });
  expect(await inMachine(good, "cd /etc/kpaas/secrets && find . -type f | sort")).toBe(
    "./.complete\n./outcome\n./pki/etcd/ca.key",
  );
  await expect.poll(() => runs(good), { timeout: 20_000 }).toBe(2);
});

test("a machine that was removed by hand is seen by refresh, and made anew with its secrets", async () => {
  await engine.getContainer(good).remove({ force: true, v: true });
  const refreshed = await stack.refresh();
  expect(refreshed.succeeded, refreshed.said).toBe(true);
  const mended = await stack.up(program({ [good]: files }));
  expect(mended.succeeded, mended.said).toBe(true);
  expect(steps(mended)).toMatchObject({ network: "same", good: "create" });
  expect(await inMachine(good, "cat /etc/kpaas/secrets/users")).toBe("admin");
  expect(await runs(good)).toBe(1);
});

test("a first boot that keeps failing ends the wait early, with the machine's phase, its log and the next command", async () => {
  const failed = await stack.up(program({ [good]: files, [bad]: { outcome: "fails" } }));
  expect(failed.succeeded).toBe(false);
  expect(failed.said).toContain("bad's first boot failed 8 times in a row");
  expect(failed.said).toContain("phase: reading secrets");
  expect(failed.said).toContain("these secrets are of no use");
  expect(failed.said).toContain("./kpaas logs test bad");
  // Its machine and secrets are known, so that a mended setting is delivered to it.
  const mended = await stack.up(program({ [good]: files, [bad]: { outcome: "works" } }));
  expect(mended.succeeded, mended.said).toBe(true);
  expect(steps(mended)).toMatchObject({ bad: "same", "bad-secrets": "update", "bad-boot": "create" });
});
