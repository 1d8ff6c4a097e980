import { afterAll, beforeAll, expect, test } from "vitest";
import { images } from "../../config/images.ts";
import { eventually } from "../../lib/eventually.ts";
import { Writers } from "../e2e-local/writers.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";

/**
 * Security updates of three masters and two workers in use. No archive of packages is asked: machines have no source, and each is told
 * that it needs a restart, which it gets. What apt does is in tests/container-engine/packages.test.ts.
 */
const platform = new TestPlatform("long-maint");
const writers = new Writers(platform);

const machines = [
  "haproxy-1",
  "registry",
  "database",
  "storage",
  "master-1",
  "master-2",
  "master-3",
  "worker-1",
  "worker-2",
];

function configure(window?: string): void {
  platform.configure({
    infrastructure: { kind: "local" },
    network: { cidr: "10.186.0.0/24" },
    ...(window ? { maintenance: { window } } : {}),
    containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count: 2 }] },
  });
}

interface Maintained {
  result: string;
  maintenance?: { asOf: string; done: string[]; left: string[] };
}

/** A window that is closed now, and for the next ten hours. */
function closedWindow(): string {
  const hour = (more: number) => String((new Date().getUTCHours() + more) % 24).padStart(2, "0");
  return `daily ${hour(12)}:00-${hour(14)}:00 UTC`;
}

/** Gives the time at which each machine's first process began, which a restart changes. */
async function startedAt(): Promise<Record<string, string>> {
  const entries = machines.map(async (machine) => {
    const { code, stdout, stderr } = await platform.machine(machine, "cut -d ' ' -f 22 /proc/1/stat");
    if (code !== 0) throw new Error(`${machine}: ${stderr}`);
    return [machine, stdout.trim()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

beforeAll(async () => {
  configure();
  await platform.kpaasOk("up");
  for (const machine of machines)
    await platform.machine(
      machine,
      "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*; touch /run/reboot-required",
    );
  await writers.start();
});

afterAll(async () => {
  await writers.stop();
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("outside the window nothing is asked of any machine", async () => {
  configure(closedWindow());
  const before = await startedAt();
  const { code, stdout } = await platform.kpaas("maintain", ["--json"]);
  expect(code).toBe(5);
  expect((JSON.parse(stdout) as Maintained).result).toBe("outside-window");
  expect(await startedAt()).toEqual(before);
});

test("asked for, every machine restarts once, in its turn, and nobody who uses the platform loses anything", async () => {
  const before = await startedAt();
  const { maintenance } = await platform.kpaasJson<Maintained>("maintain", ["--now"]);
  expect(maintenance?.done.toSorted()).toEqual(machines.toSorted());
  expect(maintenance?.left).toEqual([]);
  const after = await startedAt();
  for (const machine of machines) expect(after[machine] === before[machine], machine).toBe(false);
  const seen = await writers.seen();
  console.log(JSON.stringify(seen));
  expect([seen.lostWrites, seen.lostRows]).toEqual([0, 0]);
  expect(seen.fewestReadyWorkers).toBeGreaterThanOrEqual(1);
});

test("an up after it restarts nothing and changes nothing but what the window asks", async () => {
  await platform.kpaasOk("up");
  const before = await startedAt();
  expect(await platform.changes("up")).toEqual([]);
  expect(await startedAt()).toEqual(before);
  await platform.kpaasOk("verify");
});

test("a worker that restarts waits for pods half a minute at most, not for systemd's minute and a half", async () => {
  await platform.kubectlOk(["run", "heedless", `--image=${images.busybox}`, "--", "sleep", "100000"]);
  await platform.kubectlOk(["wait", "--for=condition=Ready", "pod/heedless", "--timeout=120s"]);
  const node = await platform.kubectlOk(["get", "pod", "heedless", "-o", "jsonpath={.spec.nodeName}"]);
  const worker = node.trim().replace("long-maint-", "");
  const { [worker]: before } = await startedAt();
  const began = performance.now();
  // It may be cut off before it has answered.
  await platform.machine(worker, "systemctl reboot").catch(() => {});
  await eventually(180, async () => expect((await startedAt())[worker]).not.toBe(before));
  expect(performance.now() - began).toBeLessThan(75_000);
});
