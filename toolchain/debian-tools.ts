import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../config/errors.ts";
import { cached, cacheKey } from "./cache.ts";
import type { LayerEntry } from "./oci-layer.ts";
import { machinePlatform, platformName } from "./platform.ts";
import { CommandFailed, isNotInstalled, type Report, run } from "./run.ts";

const packages = ["busybox-static", "nftables"];

/**
 * Packages of this machine's own Debian or Ubuntu, unpacked and not installed: the few programs in the platform's images that
 * are not Go. They come through the package sources this machine is configured with. Throws UserError.
 */
export async function debianTools(report: Report): Promise<string> {
  const suite = await debianSuite();
  const key = cacheKey({
    name: "debian-tools",
    version: suite,
    platform: platformName(machinePlatform()),
    recipe: [...packages, await readFile(import.meta.filename, "utf8")],
  });
  return cached(key, (directory) => unpack(suite, directory, report), report);
}

async function debianSuite(): Promise<string> {
  const release = existsSync("/etc/os-release") ? await readFile("/etc/os-release", "utf8") : "";
  const suite = /^VERSION_CODENAME="?([^"\n]+)"?$/m.exec(release)?.[1];
  if (!suite || !existsSync("/etc/apt"))
    throw new UserError(
      "the platform's images can only be made on Debian or Ubuntu",
      "run kpaas on Debian 12 or Ubuntu 24.04, or in a container of one",
    );
  return suite;
}

async function unpack(suite: string, directory: string, report: Report): Promise<void> {
  report(`unpacking ${packages.join(" and ")} of ${suite}`);
  const root = join(directory, "root");
  try {
    await run("mmdebstrap", [
      // Nothing of the packages is run, so neither root nor a chroot is needed.
      "--mode=chrootless",
      "--variant=extract",
      `--include=${packages.join(",")}`,
      suite,
      root,
      ...(await packageSources()),
    ]);
  } catch (error) {
    if (isNotInstalled(error)) throw new UserError("mmdebstrap is not installed", "apt-get install mmdebstrap");
    if (error instanceof CommandFailed)
      throw new UserError(`packages could not be fetched: ${error.message}`, "see that `apt-get update` works here");
    throw error;
  }
}

async function packageSources(): Promise<string[]> {
  const folder = "/etc/apt/sources.list.d";
  const listed = existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
  return ["/etc/apt/sources.list", ...listed].filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
}

/** nftables' `nft` and the shared libraries it needs, as the entries of a layer. */
export async function nftEntries(tools: string): Promise<LayerEntry[]> {
  const root = join(tools, "root");
  const triplet = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" }[machinePlatform().arch];
  const folders = ["lib", "usr/lib"]
    .map((folder) => join(root, folder, triplet))
    .filter((folder) => existsSync(folder));
  const loader = (
    await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))
  )
    .flat()
    .find((file) => /^ld-linux.*\.so\.\d+$/.test(basename(file)));
  if (!loader) throw new Error(`no dynamic loader below ${root}`);
  const program = join(root, "usr/sbin/nft");
  // The packages' own loader looks up the packages' own libraries; this machine's have no part in it.
  const list = await run(loader, ["--library-path", folders.join(":"), "--list", program]);
  return [{ path: "/usr/sbin/nft", from: program }, ...parseLibraries(list, loader, `/usr/lib/${triplet}`)];
}

/** What a dynamic loader's `--list` prints, as entries: the loader at the path that programs name, libraries in one folder. */
export function parseLibraries(list: string, loader: string, libraryFolder: string): LayerEntry[] {
  return list.split("\n").flatMap((line): LayerEntry[] => {
    const [, name, file] = /^\s*(\S+)(?: => (\S+))? \(0x[0-9a-f]+\)$/.exec(line) ?? [];
    if (!name || name.startsWith("linux-vdso")) return [];
    if (name.startsWith("/")) return [{ path: name, from: loader }];
    if (!file) throw new Error(`the library ${name} was not found`);
    return [{ path: join(libraryFolder, name), from: file }];
  });
}

/** A static busybox at /bin/busybox and a link for each of its applets. */
export async function busyboxEntries(tools: string): Promise<LayerEntry[]> {
  const program = ["bin", "usr/bin"]
    .map((folder) => join(tools, "root", folder, "busybox"))
    .find((file) => existsSync(file));
  if (!program) throw new Error(`no busybox below ${tools}`);
  const applets = (await run(program, ["--list"])).split("\n").filter((name) => name && name !== "busybox");
  return [
    { path: "/bin/busybox", from: program },
    ...applets.map((name) => ({ path: `/bin/${name}`, linkTo: "busybox" })),
  ];
}
