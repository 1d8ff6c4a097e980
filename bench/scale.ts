import { join } from "node:path";
import { parseArgs } from "node:util";
import { TestPlatform } from "../tests/harness/platform/test-platform.ts";
import { startSimulatedCloud } from "../tests/harness/simulated-cloud/simulated-cloud.ts";
import { attachedTo } from "../tests/harness/simulated-cloud/simulated-platform.ts";
import { startSimulatedMachines } from "../tests/harness/simulated-machines/start.ts";
import { bareProgram } from "./floor.ts";
import { measure } from "./measure.ts";

const usage = `npm run bench:scale -- [--workers 1000] [--clouds aws,openstack]
Times preview, up, no-op up, add-a-worker and destroy of a platform with many workers: the real engine, a simulated cloud, which
costs its share of this machine's time and memory too; then the floor: a bare Pulumi program with as many plain
resources, as Pulumi does it and without saving the state at each step (as kpaas does from 50 workers at once).`;

const floors = {
  floor: {},
  "floor unsaved": { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" },
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      workers: { type: "string", default: "1000" },
      clouds: { type: "string", default: "aws,openstack" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  for (const cloud of values.clouds.split(",")) await benchCloud(cloud, Number(values.workers));
}

async function benchCloud(kind: string, workers: number): Promise<void> {
  const platform = new TestPlatform(`scale-${kind}`);
  const [cloud, machines] = await Promise.all([
    startSimulatedCloud({ name: kind, storeFolder: join(platform.folder, "cloud") }),
    startSimulatedMachines(),
  ]);
  platform.addEnvironment(attachedTo(machines, cloud));
  const configure = (...counts: number[]) =>
    platform.configure({
      infrastructure: { kind },
      network: { cidr: "10.64.0.0/16", podCidr: "10.128.0.0/13", adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: {
        masters: { count: 3 },
        workerPools: counts.map((count, index) => ({ name: index === 0 ? "worker" : `worker-${index}`, count })),
      },
    });
  const line = (step: string, seconds: number, peakMiB: number, more = "") =>
    console.log(
      `${`${kind} 3+${workers}`.padEnd(18)} ${step.padEnd(21)} ${seconds.toFixed(1).padStart(7)} s ${peakMiB.toFixed(0).padStart(6)} MiB${more}`,
    );
  const step = async (name: string, command: string, args: string[] = []) => {
    const options = { timeoutSeconds: 7200 };
    const { seconds, peakMiB, result } = await measure(() => platform.kpaasOk(command, [...args, "--json"], options));
    const { resources }: { resources: { type: string; op: string }[] } = JSON.parse(result.stdout);
    const touched = resources.filter(({ op }) => op !== "same" && op !== "refresh").length;
    line(name, seconds, peakMiB, `  ${resources.length} resources, ${touched} touched`);
    return resources.length;
  };
  try {
    configure(workers);
    await step("preview", "preview");
    const resources = await step("up", "up");
    await step("no-op up", "up");
    configure(workers, 1);
    await step("add a worker", "up");
    await step("destroy", "destroy", ["--yes"]);
    for (const [name, environment] of Object.entries(floors)) {
      const { result, peakMiB } = await measure(() => bareProgram(resources, platform.folder, environment));
      line(`${name} up`, result.upSeconds, peakMiB, `  ${resources} resources`);
      line(`${name} preview`, result.previewSeconds, peakMiB, `  ${resources} resources`);
    }
  } finally {
    machines.stop();
    await cloud.stop();
    platform.removeFolder();
  }
}

await main();
