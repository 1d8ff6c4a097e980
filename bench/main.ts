import { parseArgs } from "node:util";
import { TestPlatform } from "../tests/harness/platform/test-platform.ts";
import { bareProgram } from "./floor.ts";
import { measure } from "./measure.ts";

const usage = `npm run bench -- [--sizes 1+1,3+2,3+10] [--only sizes|changes] [--json]
Times preview, up, no-op up, add-a-worker and destroy of local platforms (masters+workers), each with the peak memory and the processor
time of all its processes, machines not among them; then the floor: a bare Pulumi program with as many plain resources. Then
changes of platforms that are up: an upgrade of Kubernetes of 3+2 and ten workers made anew.`;

/** Upgrades of 1.35.4: of a minor version, for which nodes are drained, and of a patch. */
const upgrades = [
  { step: "upgrade minor", to: "1.36.1" },
  { step: "upgrade patch", to: "1.36.3" },
];

interface Line {
  size: string;
  step: string;
  seconds: number;
  peakMiB: number;
  processorSeconds: number;
  resources?: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1+1,3+2,3+10" },
      only: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const lines: Line[] = [];
  const print = (line: Line) => {
    lines.push(line);
    if (!values.json)
      console.log(
        `${line.size.padEnd(6)} ${line.step.padEnd(14)} ${line.seconds.toFixed(1).padStart(7)} s ${line.peakMiB.toFixed(0).padStart(6)} MiB ${line.processorSeconds.toFixed(1).padStart(6)} s of processors` +
          (line.resources ? `  ${line.resources} resources` : ""),
      );
  };
  if (values.only !== "changes") for (const size of values.sizes.split(",")) await benchSize(size, print);
  if (values.only !== "sizes") {
    await benchUpgrades(print);
    await benchReplacement(print);
  }
  if (values.json) console.log(JSON.stringify({ lines }));
}

/** Kubernetes of three masters and two workers, in place. */
async function benchUpgrades(print: (line: Line) => void): Promise<void> {
  await benchChanges(
    { size: "3+2", masters: 3, workers: 2, kubernetesVersion: "1.35.4" },
    async (step) => {
      for (const { step: name, to } of upgrades) await step(name, { kubernetesVersion: to });
    },
    print,
  );
}

/** Ten workers, made anew one after another as a pool of this size has it by default. */
async function benchReplacement(print: (line: Line) => void): Promise<void> {
  await benchChanges(
    { size: "1+10", masters: 1, workers: 10, kubernetesVersion: "1.36.3" },
    async (step) => {
      await step("replace workers", { generation: 2 });
    },
    print,
  );
}

interface Changed {
  kubernetesVersion?: string;
  generation?: number;
}

async function benchChanges(
  start: { size: string; masters: number; workers: number; kubernetesVersion: string },
  changes: (step: (name: string, change: Changed) => Promise<void>) => Promise<void>,
  print: (line: Line) => void,
): Promise<void> {
  const platform = new TestPlatform(`bench-change-${start.size.replace("+", "-")}`);
  const configure = ({ kubernetesVersion = start.kubernetesVersion, generation = 1 }: Changed) =>
    platform.configure({
      infrastructure: { kind: "local" },
      network: { cidr: "10.182.0.0/24" },
      containerPlatform: {
        kubernetesVersion,
        masters: { count: start.masters },
        workerPools: [{ name: "worker", count: start.workers, generation }],
      },
    });
  try {
    configure({});
    await platform.kpaasOk("up");
    await changes(async (name, change) => {
      configure(change);
      const { seconds, peakMiB, processorSeconds } = await measure(() => platform.kpaasOk("up"));
      print({ size: start.size, step: name, seconds, peakMiB, processorSeconds });
    });
  } finally {
    await platform.kpaas("destroy", ["--yes"]);
    platform.removeFolder();
  }
}

async function benchSize(size: string, print: (line: Line) => void): Promise<void> {
  const [masters = 1, workers = 1] = size.split("+").map(Number);
  const platform = new TestPlatform(`bench-${size.replace("+", "-")}`);
  const configure = (count: number) =>
    platform.configure({
      infrastructure: { kind: "local" },
      network: { cidr: "10.183.0.0/24" },
      containerPlatform: { masters: { count: masters }, workerPools: [{ name: "worker", count }] },
    });
  const step = async (name: string, command: string, args: string[] = []) => {
    const { result, ...measured } = await measure(() => platform.kpaasOk(command, [...args, "--json"]));
    const resources: unknown[] | undefined = JSON.parse(result.stdout || "{}").resources;
    print({ size, step: name, ...measured, resources: resources?.length });
    return resources?.length ?? 0;
  };
  configure(workers);
  try {
    await step("preview", "preview");
    const resources = await step("up", "up");
    await step("verify", "verify");
    await step("no-op up", "up");
    configure(workers + 1);
    await step("add a worker", "up");
    await step("destroy", "destroy", ["--yes"]);
    const floor = await measure(() => bareProgram(resources, platform.folder));
    const { result, peakMiB, processorSeconds } = floor;
    print({ size, step: "floor up", seconds: result.upSeconds, peakMiB, processorSeconds, resources });
    print({ size, step: "floor preview", seconds: result.previewSeconds, peakMiB, processorSeconds, resources });
  } finally {
    await platform.kpaas("destroy", ["--yes"]);
    platform.removeFolder();
  }
}

await main();
