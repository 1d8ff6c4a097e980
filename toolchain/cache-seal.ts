import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

/**
 * A seal says that a folder of the cache was made by a run that knew `KPAAS_CACHE_KEY`, and is as that run left it. A cache that a
 * forge carries from job to job, or a runner keeps, can hold what any other job has put there; digests beside it could be put there,
 * too, and those of programs that are built here are in no table. Without the variable the cache is its user's own, and nothing is
 * sealed or asked for.
 */
const cacheKey = (): string | undefined => process.env.KPAAS_CACHE_KEY || undefined;

/** Folders of which this process knows that their seal is right. */
const known = new Set<string>();

const sealFile = (folder: string): string => `${folder}.seal`;

/** Tells whether a folder is there and may be used: without a key each one may. */
export function isUsable(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const key = cacheKey();
  if (key === undefined || known.has(folder)) return true;
  if (!existsSync(sealFile(folder))) return false;
  const stated = Buffer.from(readFileSync(sealFile(folder), "utf8").trim(), "hex");
  const actual = sealOf(folder, basename(folder), key);
  const isRight = stated.length === actual.length && timingSafeEqual(stated, actual);
  if (isRight) known.add(folder);
  return isRight;
}

/** Seals a folder that is to be at `final`; does nothing without a key. */
export function sealAs(final: string, folder = final): void {
  const key = cacheKey();
  if (key !== undefined) writeFileSync(sealFile(final), `${sealOf(folder, basename(final), key).toString("hex")}\n`);
}

/** Tells whether folders of the cache are sealed at all. */
export const isSealing = (): boolean => cacheKey() !== undefined;

/** Removes the folders in `parent` that must not be used: another will be fetched in their place. Gives their names. */
export function removeUnsealed(parent: string): string[] {
  const unusable = isSealing() ? foldersIn(parent).filter((name) => !isUsable(join(parent, name))) : [];
  for (const name of unusable) {
    unseal(join(parent, name));
    rmSync(join(parent, name), { recursive: true, force: true });
  }
  return unusable;
}

/** Seals the folders in `parent` that a program other than this one has put there, such as Pulumi its plugins. */
export function sealAll(parent: string): void {
  if (!isSealing()) return;
  for (const name of foldersIn(parent)) {
    const folder = join(parent, name);
    // Pulumi's mark of a plugin that is not whole yet.
    if (!known.has(folder) && !existsSync(`${folder}.partial`)) sealAs(folder);
  }
}

const foldersIn = (parent: string): string[] =>
  existsSync(parent)
    ? readdirSync(parent, { withFileTypes: true }).flatMap((one) => (one.isFile() ? [] : [one.name]))
    : [];

/** Takes a folder's seal away. */
export function unseal(folder: string): void {
  known.delete(folder);
  rmSync(sealFile(folder), { force: true });
}

const sealOf = (folder: string, name: string, key: string): Buffer =>
  createHmac("sha256", key)
    .update(JSON.stringify([name, entriesOf(folder)]))
    .digest();

/** Lists all that a folder holds, in a stable order: path, mode, and what is there. */
function entriesOf(folder: string): unknown[] {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return found.map((path) => {
    const file = join(folder, path);
    const stat = lstatSync(file);
    const mode = stat.mode & 0o7777;
    if (stat.isSymbolicLink()) return [path, "link", readlinkSync(file)];
    if (stat.isDirectory()) return [path, "folder", mode];
    // What is neither, such as a device, has no content to read.
    return stat.isFile() ? [path, mode, digestOf(file)] : [path, "other", mode];
  });
}

const buffer = Buffer.allocUnsafe(2 ** 20);

function digestOf(file: string): string {
  const hash = createHash("sha256");
  const descriptor = openSync(file, "r");
  try {
    for (let bytes = 1; bytes > 0; ) {
      bytes = readSync(descriptor, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, bytes));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}
