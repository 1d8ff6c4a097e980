import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../lib/repository.ts";
import { Writers } from "../e2e-local/writers.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { expectNothingLost, kubelets } from "./in-use.ts";

/** Three masters and two workers in use, upgraded from one version to the next, with everything going wrong that can. */
const platform = new TestPlatform("long-up");
const writers = new Writers(platform);
const kills = 10;

interface Settings {
  nodeReadySeconds?: number;
  workers?: number;
  /** Version at which the workers wait. */
  waitingAt?: string;
}

function configure(kubernetesVersion: string, { nodeReadySeconds = 900, workers = 2, waitingAt }: Settings = {}): void {
  platform.configure({
    infrastructure: { kind: "local" },
    network: { cidr: "10.183.0.0/24" },
    timeouts: { nodeReadySeconds },
    containerPlatform: {
      kubernetesVersion,
      masters: { count: 3 },
      workerPools: [{ name: "worker", count: workers, ...(waitingAt ? { kubernetesVersion: waitingAt } : {}) }],
    },
  });
}

const everyNodeHas = (version: string) => ({
  "long-up-master-1": version,
  "long-up-master-2": version,
  "long-up-master-3": version,
  "long-up-worker-1": version,
  "long-up-worker-2": version,
});

/** Gives the processes below one, itself last. */
function processesBelow(pid: number): number[] {
  const parents = readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent] = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      return [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      return [];
    }
  });
  const below = (one: number): number[] => [
    ...parents.filter(({ parent }) => parent === one).flatMap((child) => below(child.pid)),
    one,
  ];
  return below(pid);
}

/** Gives how a process was started, as far as it tells which it is; nothing where it is gone. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 2).join(" ").trim();
  } catch {
    return "";
  }
}

/** Time for an `up` to begin, and the most that it is left to work: an upgrade of five nodes takes several times as long. */
const [leastSeconds, mostSeconds] = [4, 24];

/** Starts `up`, and kills one of its processes, chosen at random, after a random time. Tells whether it ended before. */
async function killedUp(): Promise<"ended" | "killed"> {
  const child: ChildProcess = spawn(join(repository, "kpaas"), ["up", platform.name], {
    env: { ...process.env, ...platform.environment },
    stdio: "ignore",
  });
  const closed = once(child, "close");
  const seconds = leastSeconds + Math.random() * (mostSeconds - leastSeconds);
  const ended = await Promise.race([closed.then(() => true), sleep(seconds * 1000).then(() => false)]);
  if (ended || child.pid === undefined) return "ended";
  // Without the one that judges by policies every run goes on.
  const processes = processesBelow(child.pid)
    .map((pid) => ({ pid, name: nameOf(pid) }))
    .filter(({ name }) => name && !name.includes("analyzer"));
  const { pid: victim, name } = processes[Math.floor(Math.random() * processes.length)] ?? {
    pid: child.pid,
    name: "kpaas",
  };
  console.log(`killing ${name}, one of ${processes.length}, after ${seconds.toFixed(0)} s`);
  try {
    process.kill(victim, "SIGKILL");
  } catch {
    // It ended by itself that very moment.
  }
  await closed;
  return "killed";
}

beforeAll(async () => {
  configure("1.36.1");
  await platform.kpaasOk("up");
  await writers.start();
});

afterAll(async () => {
  await writers.stop();
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test(`1.36.1 becomes 1.36.3 although ${kills} runs are killed`, async () => {
  configure("1.36.3");
  let killed = 0;
  while (killed < kills && (await killedUp()) === "killed") killed++;
  expect(killed, "runs that were killed before one came to its end").toBe(kills);
  await platform.kpaasOk("up");
  const seen = await writers.seen();
  console.log(JSON.stringify(seen));
  expectNothingLost(seen);
  expect(await kubelets(platform)).toEqual(everyNodeHas("v1.36.3"));
  expect(await platform.changes("up")).toEqual([]);
});

/** Tells since when each worker's kubelet runs. */
const kubeletsSince = async (): Promise<string[]> =>
  Promise.all(
    ["worker-1", "worker-2"].map(async (worker) => {
      const { stdout } = await platform.machine(
        worker,
        "systemctl show kubelet -p ActiveEnterTimestampMonotonic --value",
      );
      return stdout.trim();
    }),
  );

test("masters go on to 1.37.2 alone, and a worker that comes meanwhile joins with the older version", async () => {
  const before = await kubeletsSince();
  const { stdout } = await platform.kpaasOk("upgrade", ["--to", "1.37.2", "--pause-after", "masters"]);
  expect(stdout).toMatch(/\.\/kpaas upgrade long-up --to 1\.37\.2 +upgrades the workers, which wait/);
  const waiting = { "long-up-worker-1": "v1.36.3", "long-up-worker-2": "v1.36.3" };
  expect(await kubelets(platform)).toEqual({ ...everyNodeHas("v1.37.2"), ...waiting });
  // Nothing was delivered to a worker: its kubelet runs as it did.
  expect(await kubeletsSince()).toEqual(before);
  expect(await platform.changes("up")).toEqual([]);
  configure("1.37.2", { workers: 3, waitingAt: "1.36.3" });
  await platform.kpaasOk("up");
  expect(await kubelets(platform)).toEqual({ ...everyNodeHas("v1.37.2"), ...waiting, "long-up-worker-3": "v1.36.3" });
  await platform.kpaasOk("verify");
  expectNothingLost(await writers.seen());
});

test("workers that waited follow; a kubelet that cannot start stops the run at the first; mended, the next run goes on", async () => {
  const folder = "/usr/local/lib/kpaas/kubernetes/v1.37.2";
  const broken = `mkdir -p ${folder} && for p in kubeadm kubectl kubelet; do printf '#!/bin/sh\\nexit 1\\n' >${folder}/$p; chmod 755 ${folder}/$p; done`;
  await platform.machine("worker-1", broken);
  configure("1.37.2", { workers: 3, waitingAt: "1.36.3", nodeReadySeconds: 90 });
  const { code, stderr } = await platform.kpaas("upgrade", ["--to", "1.37.2"]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/worker-1/);
  expect(await kubelets(platform)).toMatchObject({ "long-up-master-3": "v1.37.2", "long-up-worker-2": "v1.36.3" });
  expectNothingLost(await writers.seen());
  await platform.machine("worker-1", `rm -r ${folder}`);
  configure("1.37.2", { workers: 3 });
  await platform.kpaasOk("up");
  const seen = await writers.seen();
  console.log(JSON.stringify(seen));
  expectNothingLost(seen);
  expect(await kubelets(platform)).toEqual({ ...everyNodeHas("v1.37.2"), "long-up-worker-3": "v1.37.2" });
  await platform.kpaasOk("verify");
});
