import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { UserError } from "../../lib/errors.ts";
import { repository } from "../../lib/repository.ts";
import { CommandFailed, type Report, run } from "../../lib/run.ts";
import manifest from "../../package.json" with { type: "json" };
import { isLicenceFile } from "./licences.ts";
import { filesIn } from "./npm-registry.mjs";
import type { BundleWriter } from "./writer.ts";

/** A package that `npm ci` installs, as the lock names it. */
export interface LockedPackage {
  name: string;
  version: string;
  integrity: string;
  licence?: string;
  /** Known once it is fetched. */
  licenceText?: string;
}

interface LockEntry {
  name?: string;
  version?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  os?: string[];
  cpu?: string[];
}

/** Lists what `npm ci` installs for users of the product: without the tests' packages, for this kind of machine. */
export function lockedPackages(
  lock: { packages: Record<string, LockEntry> },
  host: { os: string; cpu: string } = { os: process.platform, cpu: process.arch },
): LockedPackage[] {
  const byId = new Map<string, LockedPackage>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    const { version, integrity, license, dev, link, os, cpu } = entry;
    if (path === "" || dev || link || !version || !integrity || !suits(os, host.os) || !suits(cpu, host.cpu)) continue;
    const name = entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    byId.set(`${name}@${version}`, { name, version, integrity, licence: license });
  }
  return [...byId.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Judges as npm does by what a package says of machines: some are named, or some are excluded. */
function suits(list: string[] | undefined, one: string): boolean {
  if (!list) return true;
  if (list.includes(`!${one}`)) return false;
  return list.every((word) => word.startsWith("!")) || list.includes(one);
}

/** Adds the npm packages, with those of `optional`, the clouds' SDKs that environments need. Throws UserError. */
export async function addNpmPackages(
  writer: BundleWriter,
  optional: readonly string[],
  report: Report,
): Promise<LockedPackage[]> {
  const folder = join(await writer.draftFolder(), "npm");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const packages = lockedPackages(await lockWith(optional, folder, report));
  report(`fetching ${packages.length} npm packages`);
  const files = await pack(packages, folder);
  for (const one of packages) {
    const file = files.get(`${one.name}@${one.version}`) ?? "";
    await checkIntegrity(one, join(folder, file));
    const { name, version, integrity, licence } = one;
    await writer.addFile({ kind: "npm", path: name, version, integrity, licence }, join(folder, file));
    one.licenceText = licenceIn(gunzipSync(await readFile(join(folder, file))));
  }
  await rm(folder, { recursive: true });
  return packages;
}

function licenceIn(tar: Buffer): string | undefined {
  for (const { path, content } of filesIn(tar))
    if (/^[^/]+\/[^/]+$/.test(path) && isLicenceFile(path.split("/")[1] ?? "")) return content.toString();
  return undefined;
}

/** Gives the lock, extended by optional packages and what these depend on, as npm would install them now. */
async function lockWith(optional: readonly string[], folder: string, report: Report) {
  if (optional.length === 0) return JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8"));
  for (const name of ["package.json", "package-lock.json"]) await copyFile(join(repository, name), join(folder, name));
  const versions: Record<string, string> = manifest.peerDependencies;
  const wanted = optional.map((name) => `${name}@${versions[name]}`);
  report(`asking npm what ${wanted.join(", ")} depends on`);
  await npm(["install", "--package-lock-only", "--ignore-scripts", "--save-optional", ...wanted], folder);
  return JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
}

/** Fetches packages by npm, which knows the user's registry, login and proxy; gives file names by name and version. */
async function pack(packages: readonly LockedPackage[], folder: string): Promise<Map<string, string>> {
  const wanted = packages.map(({ name, version }) => `${name}@${version}`);
  const said = await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...wanted], folder);
  const packed: { name: string; version: string; filename: string }[] = JSON.parse(said);
  return new Map(
    packed.map(({ name, version, filename }) => [`${name}@${version}`, filename.replace(/^@|\//g, dashOf)]),
  );
}

/** Names a scoped package's file as it is on the disk: some versions of npm tell another name. */
const dashOf = (part: string): string => (part === "/" ? "-" : "");

async function npm(words: string[], cwd: string): Promise<string> {
  try {
    return await run("npm", [...words, "--no-audit", "--no-fund", "--loglevel=error"], { cwd });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `npm packages could not be fetched: ${error.message}`,
      "behind a proxy or mirror, check the output of: npm config get registry",
    );
  }
}

async function checkIntegrity({ name, version, integrity }: LockedPackage, file: string): Promise<void> {
  const content = await readFile(file);
  const [algorithm = ""] = integrity.split("-");
  const actual = `${algorithm}-${createHash(algorithm).update(content).digest("base64")}`;
  if (integrity.split(/\s+/).includes(actual)) return;
  throw new UserError(
    `the npm package ${name} ${version} is ${actual}, and package-lock.json states ${integrity}`,
    "check the proxy or mirror between here and the npm registry, then try again",
  );
}
