import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Headers, pack } from "tar-stream";

/** One entry of a layer; owned by root, dated 1970. Missing parent folders are added. */
export type LayerEntry =
  /** A copy of a file of this machine. */
  | { path: string; from: string; mode?: number }
  | { path: string; content: string; mode?: number }
  | { path: string; linkTo: string }
  | { path: string; directory: true; mode?: number };

export interface Blob {
  /** `sha256:<hex>` */
  digest: string;
  sizeBytes: number;
}

/** Writes a layer as an uncompressed tar, the same bytes for the same entries in whatever order. */
export async function writeLayer(entries: readonly LayerEntry[], file: string): Promise<Blob> {
  const tar = pack();
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  const written = pipeline(tar, measure, createWriteStream(file));
  // The writer's failure also ends the entries' loop; it is reported once, by awaiting both.
  await Promise.all([written, addEntries(tar, withParents(entries)).catch((error: Error) => tar.destroy(error))]);
  return { digest: `sha256:${hash.digest("hex")}`, sizeBytes };
}

async function addEntries(tar: ReturnType<typeof pack>, entries: LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    const common = { name: entry.path, mtime: new Date(0), uid: 0, gid: 0 };
    if ("directory" in entry) await add(tar, { ...common, type: "directory", mode: entry.mode ?? 0o755 });
    else if ("linkTo" in entry) await add(tar, { ...common, type: "symlink", linkname: entry.linkTo, mode: 0o777 });
    else if ("content" in entry) await add(tar, { ...common, mode: entry.mode ?? 0o644 }, entry.content);
    else {
      const { size } = await stat(entry.from);
      const target = tar.entry({ ...common, mode: entry.mode ?? 0o755, size });
      await pipeline(createReadStream(entry.from), target);
    }
  }
  tar.finalize();
}

function add(tar: ReturnType<typeof pack>, header: Headers, content = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}

/** Adds missing parent folders and sorts by path, so that folders come before what they hold; paths lose their leading slash. */
export function withParents(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const path = entry.path.replace(/^\/+/, "");
    for (let parent = posix.dirname(path); parent !== "."; parent = posix.dirname(parent))
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, directory: true });
    byPath.set(path, { ...entry, path });
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
