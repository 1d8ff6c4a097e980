import { mkdir, readdir, readFile, rename, rmdir } from "node:fs/promises";
import { join, posix, resolve } from "node:path";
import { UserError } from "../lib/errors.ts";
import { CommandFailed, isNotInstalled, type Report, run } from "../lib/run.ts";
import { refuseOutside } from "./air-gap/in-use.ts";
import type { Platform } from "./platform.ts";

/** Programs of one Go module, which pins their versions and checksums. */
export interface GoPrograms {
  /** Folder below `toolchain/go`, or an absolute path. */
  module: string;
  /** Name of what is built, for progress and errors: `Kubernetes 1.36.3`. */
  label: string;
  /** Import path by the program's file name. */
  packages: Record<string, string>;
  platform: Platform;
  /** C parts, linked statically; needs a C compiler. @default false */
  cgo?: boolean;
  /** Values of string variables by their full name. */
  variables?: Record<string, string>;
}

const goInstallation =
  "install Go 1.26 or newer from https://go.dev/dl/ (an older one from 1.21 on fetches it by itself with GOTOOLCHAIN=auto)";
const reportEverySeconds = 5;

const moduleFolder = (module: string): string => resolve(import.meta.dirname, "go", module);

/** Gives all that a build's result depends on, for its cache key. */
export async function goRecipe(programs: GoPrograms): Promise<string[]> {
  const folder = moduleFolder(programs.module);
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(go|mod|sum)$/.test(name)).sort();
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return [...contents, ...buildArguments(programs, "."), JSON.stringify(programs.packages)];
}

let queue: Promise<unknown> = Promise.resolve();

/** Builds programs into a folder. One build at a time: each uses all processors. Throws UserError. */
export function buildGo(programs: GoPrograms, directory: string, report: Report): Promise<void> {
  const build = queue.then(() => buildNow(programs, directory, report));
  queue = build.catch(() => undefined);
  return build;
}

async function buildNow(programs: GoPrograms, directory: string, report: Report): Promise<void> {
  refuseOutside(programs.label);
  const cwd = moduleFolder(programs.module);
  const env = {
    CGO_ENABLED: programs.cgo ? "1" : "0",
    GOOS: programs.platform.os,
    GOARCH: programs.platform.arch,
    // The user's own flags and workspace must not change what is built.
    GOFLAGS: "",
    GOWORK: "off",
  };
  await checkGo(cwd, env);
  const startedAt = Date.now();
  const names = Object.keys(programs.packages);
  const what = names.length > 1 ? `${programs.label} (${names.length} programs)` : programs.label;
  let compiled = 0;
  let total: number | undefined;
  const progress = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const packages = compiled ? `, ${compiled}${total ? ` of at most ${total}` : ""} packages compiled` : "";
    report(`building ${what} from Go modules: ${seconds} s${packages}`);
  };
  report(`building ${what} from Go modules`);
  const timer = setInterval(progress, reportEverySeconds * 1000);
  try {
    const packages = Object.values(programs.packages);
    const dependencies = await run("go", ["list", "-deps", ...packages], { cwd, env });
    total = dependencies.split("\n").length;
    const output = join(directory, ".go-output");
    await mkdir(output, { recursive: true });
    await run("go", ["build", "-v", ...buildArguments(programs, `${output}/`), ...packages], {
      cwd,
      env,
      onErrorLine: (line) => {
        if (/^[\w./~-]+$/.test(line)) compiled++;
      },
    });
    for (const [name, path] of Object.entries(programs.packages))
      await rename(join(output, defaultName(path)), join(directory, name));
    await rmdir(output);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `${programs.label} could not be built from Go modules: ${error.message}`,
      programs.cgo
        ? "see that a Go module proxy (GOPROXY) and a C compiler (apt-get install gcc libc6-dev) are there, then try again"
        : "see that a Go module proxy (GOPROXY) can be reached and the disk has room, then try again",
    );
  } finally {
    clearInterval(timer);
  }
}

function buildArguments({ cgo, variables }: GoPrograms, output: string): string[] {
  const set = Object.entries(variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-s", "-w", ...set, ...(cgo ? ["-extldflags -static"] : [])];
  // Go's own resolver and user lookup: the C library's cannot be linked statically.
  const tags = cgo ? ["-tags", "netgo,osusergo"] : [];
  return [...tags, "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", flags.join(" "), "-o", output];
}

/** Gives the name that `go build` gives a program: its import path's last element that is not a major version. */
function defaultName(path: string): string {
  const base = posix.basename(path);
  return /^v\d+$/.test(base) ? posix.basename(posix.dirname(path)) : base;
}

async function checkGo(cwd: string, env: Record<string, string>): Promise<void> {
  try {
    // In the module's folder, so that Go itself compares its version with what go.mod asks for.
    await run("go", ["list", "-m"], { cwd, env });
  } catch (error) {
    if (isNotInstalled(error))
      throw new UserError("the Go toolchain is needed here, as the official downloads cannot be had", goInstallation);
    if (error instanceof CommandFailed) throw new UserError(`Go cannot be used: ${error.message}`, goInstallation);
    throw error;
  }
}
