import { join } from "node:path";
import { parseArgs } from "node:util";
import { TestPlatform } from "../tests/e2e-local/platform.ts";
import { debugProviders, startSimulatedCloud } from "../tests/simulated-cloud/simulated-cloud.ts";
import { startSimulatedMachines } from "../tests/simulated-machines/start.ts";
import { bareProgram } from "./floor.ts";
import { measure } from "./measure.ts";

const usage = `npm run bench:scale -- [--workers 1000] [--clouds aws,openstack] [--skip-checkpoints]
Times preview, up, no-op up, add-a-worker and destroy of a platform with many workers: the real engine, a simulated cloud, which
costs its share of this machine's time and memory too; then the floor: a bare Pulumi program with as many plain resources.
  --skip-checkpoints  saves the state only at the end of each operation: fast, but an engine that is killed has lost it`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      workers: { type: "string", default: "1000" },
      clouds: { type: "string", default: "aws,openstack" },
      "skip-checkpoints": { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const checkpoints = values["skip-checkpoints"]
    ? { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" }
    : undefined;
  for (const cloud of values.clouds.split(",")) await benchCloud(cloud, Number(values.workers), checkpoints);
}

async function benchCloud(kind: string, workers: number, environment: Record<string, string> = {}): Promise<void> {
  const platform = new TestPlatform(`scale-${kind}`);
  const [cloud, machines] = await Promise.all([
    startSimulatedCloud({ name: kind, storeFolder: join(platform.folder, "cloud") }),
    startSimulatedMachines(),
  ]);
  const { PULUMI_DEBUG_PROVIDERS } = machines.environment;
  const providers = { PULUMI_DEBUG_PROVIDERS: `${PULUMI_DEBUG_PROVIDERS},${debugProviders(cloud)}` };
  platform.addEnvironment({ ...environment, ...providers });
  const configure = (count: number) =>
    platform.configure({
      infrastructure: { kind },
      network: { cidr: "10.64.0.0/16", podCidr: "10.128.0.0/13", adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count }] },
    });
  const line = (step: string, seconds: number, peakMiB: number, more = "") =>
    console.log(
      `${`${kind} 3+${workers}`.padEnd(18)} ${step.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s ${peakMiB.toFixed(0).padStart(6)} MiB${more}`,
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
    configure(workers + 1);
    await step("add a worker", "up");
    await step("destroy", "destroy", ["--yes"]);
    Object.assign(process.env, environment);
    const floor = await measure(() => bareProgram(resources, platform.folder));
    line("floor up", floor.result.upSeconds, floor.peakMiB, `  ${resources} resources`);
    line("floor preview", floor.result.previewSeconds, floor.peakMiB, `  ${resources} resources`);
  } finally {
    machines.stop();
    await cloud.stop();
    platform.removeFolder();
  }
}

await main();
