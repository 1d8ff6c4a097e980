import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../lib/errors.ts";
import { CommandFailed, type Report, run } from "../lib/run.ts";
import { readBundleInUse, refuseOutside } from "./air-gap/in-use.ts";
import { cached, cacheKey } from "./cache.ts";
import { installPackages } from "./host-packages.ts";
import { machinePlatform, platformName } from "./platform.ts";

/**
 * Gives a folder with packages of this machine's own Debian or Ubuntu release and all they depend on: unpacked, not
 * installed. They come through the package sources this machine is configured with. Throws UserError.
 */
export async function debianPackages(name: string, packages: readonly string[], report: Report): Promise<string> {
  const suite = await debianSuite();
  const key = cacheKey({ name, version: suite, platform: platformName(machinePlatform()), recipe: packages });
  return join(await cached(key, (directory) => unpack(suite, packages, directory, report), report), "root");
}

/** Gives the release that machines' packages are of: this machine's own, or that of the bundle in use. Throws UserError. */
export async function debianSuite(): Promise<string> {
  const ofBundle = readBundleInUse()?.manifest.debianSuite;
  if (ofBundle !== undefined) return ofBundle;
  const release = existsSync("/etc/os-release") ? await readFile("/etc/os-release", "utf8") : "";
  const suite = /^VERSION_CODENAME="?([^"\n]+)"?$/m.exec(release)?.[1];
  if (!suite || !existsSync("/etc/apt"))
    throw new UserError(
      "the platform's images can only be made on Debian or Ubuntu",
      "run kpaas on Debian 12 or Ubuntu 24.04, or in a container of one",
    );
  return suite;
}

async function unpack(suite: string, packages: readonly string[], directory: string, report: Report): Promise<void> {
  refuseOutside(`${packages.join(" and ")} of ${suite}`);
  await installMmdebstrap(report);
  report(`unpacking ${packages.join(" and ")} of ${suite}`);
  try {
    await run("mmdebstrap", [
      // Nothing of the packages is run, so neither root nor a chroot is needed.
      "--mode=chrootless",
      "--variant=extract",
      `--include=${packages.join(",")}`,
      suite,
      join(directory, "root"),
      ...(await packageSources()),
    ]);
  } catch (error) {
    if (error instanceof CommandFailed)
      throw new UserError(`packages could not be fetched: ${error.message}`, "see that `apt-get update` works here");
    throw error;
  }
}

/** Installs mmdebstrap, which makes folders of Debian packages. Throws UserError. */
export const installMmdebstrap = (report: Report): Promise<void> =>
  installPackages(["mmdebstrap"], "/usr/bin/mmdebstrap", report);

export async function packageSources(): Promise<string[]> {
  const folder = "/etc/apt/sources.list.d";
  const listed = existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
  return ["/etc/apt/sources.list", ...listed].filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
}

/** Unpacked packages' own dynamic loader: with it their programs run here, this machine's libraries having no part in it. */
export interface DynamicLoader {
  file: string;
  /** Folders in which it looks for libraries. */
  libraryFolders: string[];
  /** Debian's name of the architecture: `x86_64-linux-gnu`. */
  triplet: string;
}

export async function dynamicLoader(root: string): Promise<DynamicLoader> {
  const triplet = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" }[machinePlatform().arch];
  const libraryFolders = ["lib", "usr/lib"]
    .map((folder) => join(root, folder, triplet))
    .filter((path) => existsSync(path));
  for (const folder of libraryFolders) {
    const name = (await readdir(folder)).find((file) => /^ld-linux.*\.so\.\d+$/.test(file));
    if (name) return { file: join(folder, name), libraryFolders, triplet };
  }
  throw new Error(`no dynamic loader below ${root}`);
}

/** Gives the command line that runs an unpacked program. */
export function withLoader({ file, libraryFolders }: DynamicLoader, ...words: string[]): [string, string[]] {
  return [file, ["--library-path", libraryFolders.join(":"), ...words]];
}

/** A shared library, or the loader itself, by the path or name that programs ask for. */
export interface SharedObject {
  name: string;
  file: string;
}

/** Gives the shared objects that `program` is linked with, all the way down. Throws when something is missing. */
export async function sharedObjects(loader: DynamicLoader, program: string): Promise<SharedObject[]> {
  return parseSharedObjects(await run(...withLoader(loader, "--list", program)), loader.file);
}

/** Reads a dynamic loader's `--list`. */
export function parseSharedObjects(list: string, loaderFile: string): SharedObject[] {
  return list.split("\n").flatMap((line): SharedObject[] => {
    const [, name, file] = /^\s*(\S+)(?: => (.+?))?(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    if (!name || name.startsWith("linux-vdso")) return [];
    if (name.startsWith("/")) return [{ name, file: loaderFile }];
    if (!file || basename(file) !== name) throw new Error(`the library ${name} was not found`);
    return [{ name, file }];
  });
}
