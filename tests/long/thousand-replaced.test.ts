import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measure } from "../../bench/measure.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import type { Call } from "../harness/simulated-cloud/simulated-cloud.ts";
import { startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const patient = { timeoutSeconds: 7200 };
const instance = "aws:ec2/instance:Instance";
const node = "kpaas:index:Node";

const settings = (count: number, generation: number) => ({
  infrastructure: { kind: "aws" },
  network: { cidr: "10.64.0.0/16", podCidr: "10.128.0.0/13", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: {
    masters: { count: 3 },
    workerPools: [{ name: "worker", count, generation, rollout: { maxUnavailable: "5%" } }],
  },
});

interface Rollout {
  told: RolloutStage[];
  /** Numbers of workers under way whenever another one began, itself among them. */
  underWay: number[];
  /** Workers whose nodes were Ready, in that order. */
  replaced: string[];
  /** Seconds of CPU of everything but the cloud and the machines, and the most memory. */
  cost: Record<"preview" | "up", { cpuSeconds: number; peakMiB: number }>;
}

/** Brings up a platform with so many workers, and has them all replaced. */
async function rollout(count: number): Promise<Rollout> {
  const simulated = await startSimulatedPlatform(`replaced-${count}`, { name: "aws", nodeMilliseconds: 200 });
  const { platform, cloud } = simulated;
  try {
    platform.configure(settings(count, 1));
    await platform.kpaasOk("up", [], patient);
    platform.configure(settings(count, 2));
    const preview = await costOf(() => platform.kpaasOk("preview", ["--json"], patient));
    const before = cloud.calls().length;
    const up = await costOf(() => platform.kpaasOk("up", [], patient));
    return {
      told: (JSON.parse(preview.result.stdout) as { rollout: RolloutStage[] }).rollout,
      ...courseOf(cloud.calls().slice(before)),
      cost: { preview: preview.cost, up: up.cost },
    };
  } finally {
    await simulated.stop();
  }
}

/** A worker is under way from when its machine goes until its node is Ready. */
function courseOf(calls: readonly Call[]): Pick<Rollout, "underWay" | "replaced"> {
  const away = new Set<string>();
  const [underWay, replaced]: [number[], string[]] = [[], []];
  for (const { operation, type, name } of calls) {
    if (type === instance && operation === "delete") {
      away.add(name);
      underWay.push(away.size);
    }
    const worker = name.replace(/-node$/, "");
    if (type === node && operation === "create" && away.delete(worker)) replaced.push(worker);
  }
  return { underWay, replaced };
}

async function costOf<T>(work: () => Promise<T>) {
  const before = cpuSecondsOfChildren();
  const { result, peakMiB } = await measure(work);
  return { result, cost: { cpuSeconds: cpuSecondsOfChildren() - before, peakMiB } };
}

/** Gives the CPU time of all processes that this one has started and that have ended, and of those that they started. */
function cpuSecondsOfChildren(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksPerSecond = 100;
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

const rollouts = new Map<number, Rollout>();

test.each([250, 1000])("%i workers are replaced, the first alone, then a twentieth of them at once", async (count) => {
  const { told, underWay, replaced, ...course } = await rollout(count);
  rollouts.set(count, { told, underWay, replaced, ...course });
  console.log(count, JSON.stringify(course.cost), `at most ${Math.max(...underWay)} at once`);
  const atOnce = Math.floor(count / 20);
  expect(told).toMatchObject([{ name: "worker", first: "worker-1", atOnce, changes: [{ kind: "replaced" }] }]);
  expect(told[0]?.changes[0]?.machines).toHaveLength(count);
  expect(replaced[0]).toBe("platform-worker-1");
  expect(new Set(replaced).size).toBe(count);
  expect(underWay).toHaveLength(count);
  // The second one begins when the first is Ready.
  expect(underWay.slice(0, 2)).toEqual([1, 1]);
  expect(Math.max(...underWay)).toBeLessThanOrEqual(atOnce);
  expect(Math.max(...underWay)).toBeGreaterThan(atOnce / 2);
});

test("a worker costs as much in a rollout of 1,000 as in one of 250", () => {
  const perWorker = (count: number, command: "preview" | "up", what: "cpuSeconds" | "peakMiB") =>
    (rollouts.get(count)?.cost[command][what] ?? Number.NaN) / count;
  for (const command of ["preview", "up"] as const)
    for (const what of ["cpuSeconds", "peakMiB"] as const)
      expect(perWorker(1000, command, what), `${what} of ${command}`).toBeLessThan(1.5 * perWorker(250, command, what));
});
