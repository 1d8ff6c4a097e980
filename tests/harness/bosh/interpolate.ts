import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoshInputs } from "../../../bosh/index.ts";
import { repository } from "../../../lib/repository.ts";
import { run } from "../../../lib/run.ts";
import { cached, cacheKey } from "../../../toolchain/cache.ts";
import { buildGo, type GoPrograms, goRecipe } from "../../../toolchain/go-build.ts";
import { hostPlatform, platformName } from "../../../toolchain/platform.ts";

const module = join(import.meta.dirname, "template");
const program = "bosh-template";
const upstream = join(repository, "tests/bosh/upstream");

/** Arguments of `bosh interpolate --var-errs --var-errs-unused`; files by their texts. */
export interface Interpolation {
  manifest: string;
  opsFiles: string[];
  varsFiles: string[];
  /** The manifest's `variables` get values, `<name>.<part>`, as CredHub or a vars store makes them. */
  generate: boolean;
}

/** The manifest with every value, or what is wrong: paths that an ops file does not find, variables missing or left over. */
export interface Interpolated {
  manifest?: string;
  /** The variables that were made, by name, as YAML. */
  definitions?: string;
  error?: string;
}

/** Gives the files that a command names, in its order: its manifest or config, ops files and variables files. */
export function askedBy(
  { files, commands }: Pick<BoshInputs, "files" | "commands">,
  name: string,
  generate: boolean,
): Interpolation {
  const argv = commands.find((command) => command.name === name)?.argv ?? [];
  const own = new Map(files.map(({ path, content }) => [path, content]));
  const text = (path = "") => own.get(path) ?? readFileSync(join(upstream, path), "utf8");
  const after = (flag: string) => argv.flatMap((word, index) => (word === flag ? [text(argv[index + 1])] : []));
  const manifest = argv.find(
    (word, index) => /\.yml$/.test(word) && !/^-/.test(word) && !/^-[ol]$/.test(argv[index - 1] ?? ""),
  );
  return { manifest: text(manifest), opsFiles: after("-o"), varsFiles: after("-l"), generate };
}

/** Interpolates with BOSH's own template engine, built from Go modules. One process for all. Throws UserError. */
export async function interpolate(wanted: Interpolation[]): Promise<Interpolated[]> {
  const engine = await templateEngine();
  const folder = await mkdtemp(join(tmpdir(), "kpaas-bosh-"));
  try {
    const requests = join(folder, "requests.json");
    await writeFile(requests, JSON.stringify(wanted));
    return JSON.parse(await run(engine, [requests]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function templateEngine(): Promise<string> {
  const pinned = await readFile(join(module, "go.mod"), "utf8");
  const version = pinned.match(/bosh-cli\/v7 v(\S+)/)?.[1] ?? "unknown";
  const platform = hostPlatform();
  const programs: GoPrograms = {
    module,
    label: `BOSH's template engine ${version}`,
    packages: { [program]: "kpaas.local/tests/bosh/template" },
    platform,
  };
  const key = cacheKey({ name: program, version, platform: platformName(platform), recipe: await goRecipe(programs) });
  const folder = await cached(key, (directory) => buildGo(programs, directory, console.log), console.log);
  return join(folder, program);
}
