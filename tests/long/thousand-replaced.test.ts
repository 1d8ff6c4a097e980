import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measure } from "../../bench/measure.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import { type Replacements, replacementsIn } from "../harness/simulated-cloud/replacements.ts";
import { startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const patient = { timeoutSeconds: 3600 };

const settings = (count: number, generation: number) => ({
  infrastructure: { kind: "aws" },
  network: { cidr: "10.64.0.0/16", podCidr: "10.128.0.0/13", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: {
    masters: { count: 3 },
    workerPools: [{ name: "worker", count, generation, rollout: { maxUnavailable: "5%" } }],
  },
});

interface Rollout extends Replacements {
  told: RolloutStage[];
  cost: Record<"preview" | "up", Cost>;
}

interface Cost {
  /** Seconds of CPU of ./kpaas and its program. */
  own: number;
  /** Seconds of CPU of Pulumi's engine. */
  engine: number;
  peakMiB: number;
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
      ...replacementsIn(cloud.calls().slice(before), "aws:ec2/instance:Instance"),
      cost: { preview: preview.cost, up: up.cost },
    };
  } finally {
    await simulated.stop();
  }
}

async function costOf<T>(work: () => Promise<T>): Promise<{ result: T; cost: Cost }> {
  const seconds = new Map<number, { name: string; cpuSeconds: number }>();
  const timer = setInterval(() => {
    for (const { pid, ...process } of descendants()) seconds.set(pid, process);
  }, 200);
  try {
    const { result, peakMiB } = await measure(work);
    const ofAll = (wanted: boolean) =>
      [...seconds.values()]
        .filter(({ name }) => (name === "pulumi") === wanted)
        .reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    return { result, cost: { own: ofAll(false), engine: ofAll(true), peakMiB } };
  } finally {
    clearInterval(timer);
  }
}

const ticksPerSecond = 100;

/** Gives the processes below this one, but for the cloud and the machines, with the CPU time that they have taken. */
function descendants(): { pid: number; name: string; cpuSeconds: number }[] {
  const all = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const [stat, commandLine] = [
          readFileSync(`/proc/${pid}/stat`, "utf8"),
          readFileSync(`/proc/${pid}/cmdline`, "utf8"),
        ];
        const [start, end] = [stat.indexOf("(") + 1, stat.lastIndexOf(")")];
        const fields = stat.slice(end + 2).split(" ");
        const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
        const isSimulated = commandLine.includes("/harness/simulated-");
        return [{ pid: Number(pid), parent: Number(fields[1]), name: stat.slice(start, end), cpuSeconds, isSimulated }];
      } catch {
        return []; // it ended while we looked
      }
    });
  const below = (parent: number): typeof all =>
    all.filter((each) => each.parent === parent && !each.isSimulated).flatMap((each) => [each, ...below(each.pid)]);
  return below(process.pid);
}

const rollouts = new Map<number, Rollout>();

test.each([250, 1000])(
  "%i workers are replaced, the first alone, then a twentieth of them at once",
  async (count) => {
    const { told, underWay, replaced, ...course } = await rollout(count);
    rollouts.set(count, { told, underWay, replaced, ...course });
    console.log(`${count} workers: ${JSON.stringify(course.cost)}, at most ${Math.max(...underWay)} at once`);
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
  },
  2 * 3_600_000,
);

test("a worker costs as much in a rollout of 1,000 as in one of 250", () => {
  const perWorker = (count: number, command: "preview" | "up", what: keyof Cost) =>
    (rollouts.get(count)?.cost[command][what] ?? Number.NaN) / count;
  for (const command of ["preview", "up"] as const)
    for (const what of ["own", "engine", "peakMiB"] as const)
      expect(perWorker(1000, command, what), `${what} of ${command}`).toBeLessThan(1.5 * perWorker(250, command, what));
});
