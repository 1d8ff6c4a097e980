import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repository } from "../lib/repository.ts";
import { type Report, run } from "../lib/run.ts";
import manifest from "../package.json" with { type: "json" };
import { readBundleInUse } from "./air-gap/in-use.ts";
import { npmOptions, serveNpmPackages } from "./air-gap/npm-registry.mjs";
import { checkIntegrity, type NamedPackage, packAll } from "./npm.ts";
import optionalLock from "./optional-packages-lock.json" with { type: "json" };
import { type PackageLock, packageNameAt, pathsOf } from "./package-tree.ts";

/** Packages that not everybody needs, by name, with their pinned versions: the clouds' SDKs, and what only tests use. */
const optional: Record<string, string> = manifest.peerDependencies;

const modules = join(repository, "node_modules");

const isThere = (name: string): boolean => isAt(repository, `node_modules/${name}`, optional[name]);

function isAt(root: string, path: string, version: string | undefined): boolean {
  const file = join(root, path, "package.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).version === version;
}

/** Installs what is missing of `names`, without a change to package.json. Throws UserError. */
export async function installOptional(names: readonly string[], report: Report): Promise<void> {
  const unknown = names.find((name) => !optional[name]);
  if (unknown) throw new Error(`${unknown} is not among the peerDependencies of package.json`);
  if (names.every(isThere)) return;
  const release = await lock();
  try {
    const missing = names.filter((name) => !isThere(name));
    if (missing.length > 0) await install(missing, report);
  } finally {
    await release();
  }
}

/** Gives the installer's lock with optional packages and all that they depend on: as `npm ci` would install them. */
export async function lockWith(names: readonly string[]): Promise<PackageLock> {
  const own: PackageLock = JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8"));
  const whole = wholeLock(own);
  const wanted = pathsOf(whole, names).map((path) => [path, { ...whole.packages[path], dev: false }] as const);
  return { packages: { ...own.packages, ...Object.fromEntries(wanted) } };
}

/** Puts the entries of the optional packages, which package-lock.json leaves out, beside its own. */
const wholeLock = (own: PackageLock): PackageLock => ({ packages: { ...optionalLock.packages, ...own.packages } });

/**
 * Fetches what is missing, each package by its name and version in the lock, refuses what has another digest than the lock states, and only
 * then puts it in its place: nothing of a package runs. npm itself would take the registry's word for both.
 */
export async function installLocked(
  root: string,
  lock: PackageLock,
  names: readonly string[],
  source: { options?: readonly string[]; remedy?: string } = {},
): Promise<void> {
  const places = pathsOf(lock, names).filter((path) => !isAt(root, path, lock.packages[path]?.version));
  // What says that a package is there comes last.
  const top = new Set(names.map((name) => `node_modules/${name}`));
  places.sort((one, other) => Number(top.has(one)) - Number(top.has(other)));
  const draft = await mkdtemp(join(root, "node_modules", ".kpaas-draft-"));
  try {
    const packages = places.map((path) => lockedPackage(path, lock));
    const files = await packAll(packages, draft, source.options, source.remedy);
    for (const one of packages) {
      one.file = join(draft, files.get(`${one.name}@${one.version}`) ?? "");
      await checkIntegrity(one, one.file);
    }
    for (const one of packages) await putInPlace(root, one);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function install(missing: string[], report: Report): Promise<void> {
  report(`installing ${missing.map((name) => `${name}@${optional[name]}`).join(", ")} (once)`);
  const lock = wholeLock(JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8")));
  const bundle = readBundleInUse();
  if (!bundle) return installLocked(repository, lock, missing);
  const registry = await serveNpmPackages(bundle);
  try {
    await installLocked(repository, lock, missing, {
      options: npmOptions(registry.url),
      remedy: `make a bundle for an environment of this kind; ${bundle.folder} is of ${bundle.manifest.environments.join(", ")}`,
    });
  } finally {
    await registry.stop();
  }
}

interface PlacedPackage extends NamedPackage {
  path: string;
  file: string;
  bin: Record<string, string>;
}

function lockedPackage(path: string, { packages }: PackageLock): PlacedPackage {
  const entry = packages[path] ?? {};
  const { version = "", integrity = "", bin = {} } = entry;
  const name = packageNameAt(path, entry);
  if (!version || !integrity) throw new Error(`the lock has no digest of ${name}`);
  return { name, version, integrity, path, file: "", bin };
}

async function putInPlace(root: string, { path, file, bin }: PlacedPackage): Promise<void> {
  const unpacked = `${file}.unpacked`;
  await mkdir(unpacked);
  await run("tar", ["-xzf", file, "-C", unpacked, "--strip-components=1", "--no-same-owner", "--no-same-permissions"]);
  const place = join(root, path);
  await rm(place, { recursive: true, force: true });
  await mkdir(dirname(place), { recursive: true });
  await rename(unpacked, place);
  // Commands of a package that lies at the top, as npm links them.
  if (path.lastIndexOf("node_modules/") > 0) return;
  for (const [command, target] of Object.entries(bin)) {
    const link = join(root, "node_modules", ".bin", command);
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await chmod(join(place, target), 0o755);
    await symlink(relative(dirname(link), join(place, target)), link);
  }
}

/**
 * Lets one npm run at a time: two at once would take each other's packages away. A symbolic link is made in one step
 * and names its holder.
 */
async function lock(): Promise<() => Promise<void>> {
  const path = join(modules, ".kpaas-optional");
  for (;;) {
    try {
      await symlink(String(process.pid), path);
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readlink(path).catch(() => undefined);
    if (holder !== undefined && !isAlive(Number(holder))) await rm(path, { force: true });
    else await sleep(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await installOptional(Object.keys(optional), console.log);
