import { parseArgs } from "node:util";
import { TestPlatform } from "../tests/harness/platform/test-platform.ts";
import { bareProgram } from "./floor.ts";
import { measure } from "./measure.ts";

const usage = `npm run bench -- [--sizes 1+1,3+2,3+10] [--json]
Times preview, up, no-op up, add-a-worker and destroy of local platforms (masters+workers), each with the peak memory of
all its processes; then the floor: a bare Pulumi program with as many plain resources.`;

interface Line {
  size: string;
  step: string;
  seconds: number;
  peakMiB: number;
  resources?: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1+1,3+2,3+10" },
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
        `${line.size.padEnd(6)} ${line.step.padEnd(14)} ${line.seconds.toFixed(1).padStart(7)} s ${line.peakMiB.toFixed(0).padStart(6)} MiB` +
          (line.resources ? `  ${line.resources} resources` : ""),
      );
  };
  for (const size of values.sizes.split(",")) await benchSize(size, print);
  if (values.json) console.log(JSON.stringify({ lines }));
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
    const { seconds, peakMiB, result } = await measure(() => platform.kpaasOk(command, [...args, "--json"]));
    const resources: unknown[] | undefined = JSON.parse(result.stdout || "{}").resources;
    print({ size, step: name, seconds, peakMiB, resources: resources?.length });
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
    print({ size, step: "floor up", seconds: floor.result.upSeconds, peakMiB: floor.peakMiB, resources });
    print({ size, step: "floor preview", seconds: floor.result.previewSeconds, peakMiB: floor.peakMiB, resources });
  } finally {
    await platform.kpaas("destroy", ["--yes"]);
    platform.removeFolder();
  }
}

await main();
