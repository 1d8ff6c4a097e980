import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { secretFiles } from "../../components/first-boot/index.ts";
import { firstBootUnit } from "../../components/first-boot/units.ts";
import { versions } from "../../config/versions.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { FirstBoot, LocalMachine, LocalNetwork, MachineFiles } from "../../provider/sdk.ts";
import { type Outcome, type TestStack, testStack } from "../harness/provider/test-stack.ts";

const environment = `provider-${process.pid}`;
const good = `${environment}-good`;
const bad = `${environment}-bad`;

/** Stands for a role's script: reads its secrets, counts its runs, and says which delivery it has applied. */
const script = `#!/bin/sh
mkdir -p /run/kpaas /var/lib/kpaas
revision=$(cat /etc/kpaas/revision)
echo "reading secrets" >/run/kpaas/phase
if [ "$(cat /etc/kpaas/secrets/outcome)" = fails ]; then echo "these secrets are of no use"; exit 1; fi
echo run >>/var/lib/kpaas/runs
echo "$revision" >/var/lib/kpaas/applied
`;
const common = [
  firstBootUnit("test"),
  { path: "/usr/local/lib/kpaas/first-boot", content: script, permissions: "0755" },
];
const userData = "#cloud-config\nssh_pwauth: false\n";

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
  for (const [hostname, secrets] of Object.entries(machines)) {
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
    const delivered = new MachineFiles(`${machineName}-files`, {
      ...shared,
      files: [...common, ...secretFiles(secrets)],
    });
    new FirstBoot(`${machineName}-boot`, { ...shared, revision: delivered.revision, timeoutSeconds: 120 });
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

test("files are on the machine, secrets for root alone, before its first boot begins, and none is said", async () => {
  const made = await stack.up(program({ [good]: files }));
  expect(made.succeeded, made.said).toBe(true);
  expect(made.said).not.toContain(password);
  expect(JSON.stringify(await stack.state())).not.toContain(password);
  const listed = await inMachine(good, "cd /etc/kpaas/secrets && find . -printf '%M %u %P\\n' | sort");
  expect(listed.split("\n")).toEqual([
    "-rw------- root outcome",
    "-rw------- root pki/etcd/ca.key",
    "-rw------- root users",
    "drwx------ root ",
    "drwxr-xr-x root pki",
    "drwxr-xr-x root pki/etcd",
  ]);
  expect(await inMachine(good, "cat /etc/kpaas/secrets/pki/etcd/ca.key")).toBe(password);
  expect(await runs(good)).toBe(1);
  expect(steps(await stack.preview(program({ [good]: files })))).toEqual({
    network: "same",
    good: "same",
    "good-files": "same",
    "good-boot": "same",
  });
});

test("changed files are delivered again, dropped ones are removed, and the machine applies them in place", async () => {
  const { users: _, ...fewer } = files;
  const changed = await stack.up(program({ [good]: { ...fewer, outcome: "works still" } }));
  expect(steps(changed)).toMatchObject({ good: "same", "good-files": "update", "good-boot": "update" });
  expect(await inMachine(good, "cd /etc/kpaas/secrets && find . -type f | sort")).toBe("./outcome\n./pki/etcd/ca.key");
  // Its first boot is waited for, not only told.
  expect(await runs(good)).toBe(2);
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
  expect(steps(mended)).toMatchObject({ bad: "same", "bad-files": "update", "bad-boot": "create" });
});
