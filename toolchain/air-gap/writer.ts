import { createHash, sign } from "node:crypto";
import { constants, createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Descriptor, ociMediaTypes, refName } from "../../lib/oci-layout.ts";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { type Bundle, type Entry, format, type Manifest, manifestFile, sha256Of, signatureFile } from "./format.mjs";
import type { SigningKey } from "./signing-key.ts";

/** Facts that a manifest tells besides content and signer. */
export type Described = Pick<Manifest, "kpaasVersion" | "platform" | "debianSuite" | "environments">;

export interface Written {
  entries: number;
  /** Sum of all that the bundle brings, that of its base included. */
  wholeSizeBytes: number;
  /** Sum of the blobs in its folder. */
  sizeBytes: number;
  manifestSha256: string;
}

const reportEverySeconds = 5;

/**
 * Writes a bundle. Blobs appear whole and are taken for what their names say, so a run that was killed is gone on with; the manifest
 * comes last. With a base, what that has in its own folder is left out.
 */
export class BundleWriter {
  readonly folder: string;
  readonly entries: Entry[] = [];
  private readonly images: Descriptor[] = [];
  private readonly base: Bundle | undefined;
  private readonly inBase: ReadonlySet<string>;
  private readonly report: Report;
  private sizeBytes = 0;
  private reportedAt = Date.now();

  constructor(folder: string, base: Bundle | undefined, report: Report) {
    this.folder = folder;
    this.base = base;
    this.report = report;
    this.inBase = new Set(base?.manifest.entries.flatMap(({ sha256, inBase }) => (sha256 && !inBase ? [sha256] : [])));
  }

  /** Gives the folder for files that are on the way; it goes with the end. */
  async draftFolder(): Promise<string> {
    const folder = join(this.folder, ".draft");
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Adds a file of this machine. */
  async addFile(entry: Entry, file: string): Promise<Entry> {
    const { size: sizeBytes, mode } = await stat(file);
    const sha256 = await sha256OfFile(file);
    return this.add({ ...entry, sha256, sizeBytes, mode: mode & 0o7777 }, async (draft) => {
      // Where the file system shares blocks, the bundle costs no room.
      await copyFile(file, draft, constants.COPYFILE_FICLONE);
    });
  }

  /** Adds a text, or a small file that is nowhere yet. */
  addContent(entry: Entry, content: Buffer | string): Promise<Entry> {
    const sizeBytes = Buffer.byteLength(content);
    return this.add({ ...entry, sha256: sha256Of(content), sizeBytes }, (draft) => writeFile(draft, content));
  }

  /** Adds a blob that is there already, from an earlier run or in the base; gives whether it is. */
  async addKnown(entry: Entry, { digest, size }: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    const sha256 = digest.slice("sha256:".length);
    const isThere = this.inBase.has(sha256) || (await isWhole(join(this.folder, "blobs", "sha256", sha256), sha256));
    if (isThere)
      await this.add({ ...entry, sha256, sizeBytes: size }, () => Promise.reject(new Error(`${sha256} has gone`)));
    return isThere;
  }

  /** Adds a symbolic link or an empty folder. */
  addPlace(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Names an image in the layout's index, after its blobs were added. */
  addImage(name: string, descriptor: Descriptor): void {
    this.images.push({ ...descriptor, annotations: { [refName]: name } });
  }

  private async add(entry: Entry, write: (draft: string) => Promise<void>): Promise<Entry> {
    const { sha256 = "", sizeBytes = 0 } = entry;
    const added = this.inBase.has(sha256) ? { ...entry, inBase: true } : entry;
    this.entries.push(added);
    const blobs = join(this.folder, "blobs", "sha256");
    const file = join(blobs, sha256);
    if (!added.inBase && !(await isWhole(file, sha256))) {
      await mkdir(blobs, { recursive: true });
      const draft = join(await this.draftFolder(), sha256);
      await write(draft);
      await rename(draft, file);
    }
    this.sizeBytes += sizeBytes;
    if (Date.now() - this.reportedAt > reportEverySeconds * 1000) {
      this.reportedAt = Date.now();
      this.report(`writing ${this.folder}: ${this.entries.length} entries, ${formatBytes(this.sizeBytes)}`);
    }
    return added;
  }

  /** Writes the layout's index, other files beside the blobs, and the signed manifest; removes blobs that no entry names. */
  async finish(described: Described, files: Record<string, string>, key: SigningKey): Promise<Written> {
    const all = {
      "oci-layout": JSON.stringify({ imageLayoutVersion: "1.0.0" }),
      "index.json": json({ schemaVersion: 2, mediaType: ociMediaTypes.index, manifests: this.images }),
      ...files,
    };
    for (const [name, content] of Object.entries(all)) await this.writeBeside(name, content);
    const manifest: Manifest = {
      format,
      createdAt: new Date().toISOString(),
      ...described,
      ...(this.base ? { base: { manifestSha256: this.base.manifestSha256 } } : {}),
      signer: { publicKey: key.publicKey },
      files: Object.fromEntries(
        Object.entries(all).map(([name, content]) => [
          name,
          { sha256: sha256Of(content), sizeBytes: Buffer.byteLength(content) },
        ]),
      ),
      entries: this.entries,
    };
    const bytes = Buffer.from(json(manifest));
    await this.writeBeside(signatureFile, `${sign(null, bytes, key.privateKey).toString("base64")}\n`);
    await this.writeBeside(manifestFile, bytes);
    await this.removeOthers();
    const wholes = new Map(
      this.entries.map(({ sha256 = "", sizeBytes = 0, inBase }) => [sha256, { sizeBytes, inBase }]),
    );
    const sum = (which: (one: { inBase?: boolean }) => boolean) =>
      [...wholes.values()].filter(which).reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    return {
      entries: this.entries.length,
      wholeSizeBytes: sum(() => true),
      sizeBytes: sum(({ inBase }) => !inBase),
      manifestSha256: sha256Of(bytes),
    };
  }

  private async writeBeside(name: string, content: string | Buffer): Promise<void> {
    const draft = join(await this.draftFolder(), name);
    await writeFile(draft, content);
    await rename(draft, join(this.folder, name));
  }

  private async removeOthers(): Promise<void> {
    const blobs = join(this.folder, "blobs", "sha256");
    const named = new Set(this.entries.flatMap(({ sha256, inBase }) => (sha256 && !inBase ? [sha256] : [])));
    await mkdir(blobs, { recursive: true });
    for (const name of await readdir(blobs)) if (!named.has(name)) await rm(join(blobs, name));
    await rm(join(this.folder, ".draft"), { recursive: true, force: true });
  }
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Tells whether a blob is there from an earlier run, and not damaged since. */
const isWhole = async (file: string, sha256: string): Promise<boolean> =>
  existsSync(file) && (await sha256OfFile(file)) === sha256;

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
