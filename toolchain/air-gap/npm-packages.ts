import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Report } from "../../lib/run.ts";
import { checkIntegrity, packAll } from "../npm.ts";
import { lockWith } from "../optional-packages.ts";
import { type Host, type PackageLock, packageNameAt, suits, thisHost } from "../package-tree.ts";
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

/** Lists what `npm ci` installs for users of the product: without the tests' packages, for this kind of machine. */
export function lockedPackages(lock: PackageLock, host: Host = thisHost): LockedPackage[] {
  const byId = new Map<string, LockedPackage>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    const { version, integrity, license, dev, link } = entry;
    if (path === "" || dev || link || !version || !integrity || !suits(entry, host)) continue;
    const name = packageNameAt(path, entry);
    byId.set(`${name}@${version}`, { name, version, integrity, licence: license });
  }
  return [...byId.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
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
  const packages = lockedPackages(await lockWith(optional));
  report(`fetching ${packages.length} npm packages`);
  const files = await packAll(packages, folder);
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
