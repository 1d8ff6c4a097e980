import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { cached, lookup } from "../cache.ts";
import { type Bundle, blobFile, type Entry, nameOf, Refusal } from "./format.mjs";
import { refusing } from "./in-use.ts";

/** Puts all of a bundle that belongs there into the cache, unless it is there. Throws UserError. */
export async function restoreCache(bundle: Bundle, report: Report): Promise<void> {
  const folders = byKey(bundle, "cache").filter(([key]) => lookup(key) === undefined);
  for (const [index, [key, entries]] of folders.entries()) {
    report(`unpacking ${key} (${index + 1} of ${folders.length}, ${formatBytes(sizeOf(entries))})`);
    await cached(key, (directory) => refusing(() => unpack(bundle, entries, directory)), report);
  }
}

/** Puts a bundle's Pulumi plugins into the folder where the engine looks for them. Throws UserError. */
export async function restorePlugins(bundle: Bundle, folder: string, report: Report): Promise<void> {
  for (const [key, entries] of byKey(bundle, "plugin")) {
    const final = join(folder, key);
    if (existsSync(final)) continue;
    report(`unpacking ${key}`);
    const draft = join(folder, `.${key}.${process.pid}`);
    await refusing(() => unpack(bundle, entries, draft));
    await rename(draft, final).catch((error) => {
      // Another process was first.
      if (!existsSync(final)) throw error;
    });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Tells whether all of a bundle that belongs into the cache and to the plugins is there. */
export const isRestored = (bundle: Bundle, pluginFolder: string): boolean =>
  byKey(bundle, "cache").every(([key]) => lookup(key) !== undefined) &&
  byKey(bundle, "plugin").every(([key]) => existsSync(join(pluginFolder, key)));

function byKey({ manifest }: Bundle, kind: Entry["kind"]): [string, Entry[]][] {
  const folders = new Map<string, Entry[]>();
  for (const entry of manifest.entries) {
    if (entry.kind !== kind || entry.key === undefined) continue;
    folders.set(entry.key, [...(folders.get(entry.key) ?? []), entry]);
  }
  return [...folders];
}

const sizeOf = (entries: readonly Entry[]): number => entries.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);

async function unpack(bundle: Bundle, entries: readonly Entry[], directory: string): Promise<void> {
  // Links last, so that no file is written through one.
  for (const entry of [...entries].sort((one, other) => Number(Boolean(one.linkTo)) - Number(Boolean(other.linkTo)))) {
    const path = join(directory, entry.path);
    await mkdir(dirname(path), { recursive: true });
    if (entry.folder) await mkdir(path, { recursive: true });
    else if (entry.linkTo !== undefined) await symlink(entry.linkTo, path);
    else await copyChecked(bundle, entry, path);
  }
}

/** Copies a blob, whose content is checked on the way: it may have changed since it was looked at. */
async function copyChecked(bundle: Bundle, entry: Entry, path: string): Promise<void> {
  const hash = createHash("sha256");
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(blobFile(bundle, entry), { highWaterMark: 2 ** 20 }), watch, createWriteStream(path));
  if (hash.digest("hex") !== entry.sha256)
    throw new Refusal(`${nameOf(entry)} is damaged: ${blobFile(bundle, entry)}`, "copy the bundle again");
  await chmod(path, entry.mode ?? 0o644);
}
