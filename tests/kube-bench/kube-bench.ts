import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../lib/run.ts";
import { cached, cacheKey } from "../../toolchain/cache.ts";
import { buildGo, type GoPrograms, goRecipe } from "../../toolchain/go-build.ts";
import { machinePlatform, platformName } from "../../toolchain/platform.ts";

const module = join(import.meta.dirname, "go");
const path = "github.com/aquasecurity/kube-bench";

/** Gives the real kube-bench for the machines, built from the Go module that `go/go.mod` pins, with that module's own checks. */
async function kubeBench(): Promise<{ program: string; checks: string }> {
  const pinned = await readFile(join(module, "go.mod"), "utf8");
  const version = pinned.match(/kube-bench v(\S+)/)?.[1] ?? "unknown";
  const platform = machinePlatform();
  const programs: GoPrograms = { module, label: `kube-bench ${version}`, packages: { "kube-bench": path }, platform };
  const recipe = await goRecipe(programs);
  const key = cacheKey({ name: "kube-bench", version, platform: platformName(platform), recipe });
  const folder = await cached(key, (directory) => buildGo(programs, directory, console.log), console.log);
  const source = await run("go", ["list", "-m", "-f", "{{.Dir}}", path], { cwd: module });
  return { program: join(folder, "kube-bench"), checks: join(source.trim(), "cfg") };
}

/** One check's outcome. */
export interface CheckResult {
  test_number: string;
  test_desc: string;
  scored: boolean;
  status: "PASS" | "FAIL" | "WARN" | "INFO";
  actual_value: string;
  reason: string;
}

interface Report {
  Controls: { tests: { results: CheckResult[] }[] }[];
}

/** Gives the scored checks of kube-bench's output with `--json`. */
export function scoredResults(json: string): CheckResult[] {
  const { Controls }: Report = JSON.parse(json);
  return Controls.flatMap(({ tests }) => tests.flatMap(({ results }) => results)).filter(({ scored }) => scored);
}

/**
 * Fills a folder with the program and its checks under `cis`, to be copied into a machine. The pinned module's newest checks are
 * older than the Kubernetes here; KPAAS_CIS_CHECKS names a folder of newer ones, such as kube-bench's own `cfg/cis-1.12`.
 */
export async function kubeBenchFolder(folder: string): Promise<{ benchmark: string }> {
  const { program, checks } = await kubeBench();
  const benchmark = process.env.KPAAS_CIS_CHECKS ?? join(checks, "cis-1.10");
  await mkdir(join(folder, "cfg"), { recursive: true });
  await cp(program, join(folder, "kube-bench"));
  await cp(benchmark, join(folder, "cfg", "cis"), { recursive: true });
  const config = parse(await readFile(join(checks, "config.yaml"), "utf8"));
  config.target_mapping = { cis: config.target_mapping["cis-1.10"] };
  await writeFile(join(folder, "cfg", "config.yaml"), stringify(config));
  return { benchmark: basename(benchmark) };
}
