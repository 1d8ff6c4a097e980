import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { UserError } from "../../lib/errors.ts";

/** A layer of an archive, as the registry has it now. */
export interface StoredLayer {
  digest: string;
  sizeBytes: number;
  compression: "" | "+gzip" | "+zstd";
}

/** Puts a layer into the registry. `digest`: as the archive names it; undefined where it names none. */
export type StoreLayer = (
  content: Readable,
  layer: { digest?: string; sizeBytes: number },
) => Promise<Pick<StoredLayer, "digest" | "sizeBytes">>;

/** The rest of an archive, whose layers are in the registry by then. */
export interface ReadArchive {
  /** Manifests, indexes and configurations, by path. */
  documents: ReadonlyMap<string, Buffer>;
  layers: ReadonlyMap<string, StoredLayer>;
  /** Paths by the paths of links to them. */
  links: ReadonlyMap<string, string>;
}

/** The registry takes no larger manifest. */
const largestDocumentBytes = 4 * 2 ** 20;

/**
 * Reads an archive of images from its beginning to its end and gives each layer away as it comes: nothing is kept on a disk, and
 * no layer in memory. Throws UserError where it is no archive.
 */
export async function readArchive(archive: Readable, store: StoreLayer): Promise<ReadArchive> {
  const documents = new Map<string, Buffer>();
  const layers = new Map<string, StoredLayer>();
  const links = new Map<string, string>();
  const reader = extract();
  const feed = await uncompressed(archive);
  feed.on("error", (error) => reader.destroy(error));
  feed.pipe(reader);
  try {
    for await (const entry of reader) {
      const { type, linkname, size = 0 } = entry.header;
      const path = posix.normalize(entry.header.name);
      const digest = digestIn(path);
      if (linkname && (type === "symlink" || type === "link"))
        links.set(path, posix.join(type === "symlink" ? posix.dirname(path) : ".", linkname));
      else if (type === "file" || type === "contiguous-file") {
        const { first, content } = await peeked(entry);
        if (isDocument(first) && size <= largestDocumentBytes) documents.set(path, await buffer(content));
        else if (digest !== undefined || path.endsWith(".tar")) {
          const stored = await store(content, { digest, sizeBytes: size });
          layers.set(path, { ...stored, compression: compressionOf(first) });
        }
      }
      entry.resume();
    }
  } catch (error) {
    throw error instanceof Error && /tar header|unexpected end/i.test(error.message) ? notWhole(error) : error;
  } finally {
    archive.destroy();
  }
  return { documents, layers, links };
}

const notWhole = (error: unknown): UserError =>
  error instanceof UserError
    ? error
    : new UserError(`that is no whole tar archive (${(error as Error).message})`, archiveForms);

export const archiveForms = "make one by docker save, podman save, or skopeo copy ... oci-archive:FILE";

export const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Gives the digest that a path tells: an OCI layout's blob, or a layer of podman's. */
function digestIn(path: string): string | undefined {
  const [, ofBlob, ofLayer] = /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.tar)$/.exec(path) ?? [];
  const hex = ofBlob ?? ofLayer;
  return hex && `sha256:${hex}`;
}

const isDocument = (first: Buffer): boolean => first[0] === 0x7b || first[0] === 0x5b;

function compressionOf(first: Buffer): StoredLayer["compression"] {
  if (first[0] === 0x1f && first[1] === 0x8b) return "+gzip";
  return first.readUInt32LE(0) === 0xfd2fb528 ? "+zstd" : "";
}

/** Gives a stream's first bytes, and the stream with them; four at least, where it has them. */
async function peeked(stream: Readable): Promise<{ first: Buffer; content: Readable }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first = Buffer.alloc(0);
  let ended = false;
  while (first.length < 4 && !ended) {
    const { value, done } = await chunks.next();
    if (done) ended = true;
    else first = Buffer.concat([first, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    try {
      if (!ended) yield* { [Symbol.asyncIterator]: () => chunks };
    } catch (error) {
      // Told apart from what may happen to the one who takes the content.
      throw notWhole(error);
    }
  }
  const padded = first.length < 4 ? Buffer.concat([first, Buffer.alloc(4)]) : first;
  return { first: padded, content: Readable.from(all()) };
}

/** Gives the archive without the gzip that may be around it. */
async function uncompressed(archive: Readable): Promise<Readable> {
  const { first, content } = await peeked(archive);
  if (compressionOf(first) === "+zstd") throw new UserError("the archive is compressed by zstd", "unpack it: zstd -d");
  if (compressionOf(first) !== "+gzip") return content;
  const gunzip = createGunzip();
  content.on("error", (error) => gunzip.destroy(error));
  return content.pipe(gunzip);
}
