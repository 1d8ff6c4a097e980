import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ImageDigests } from "../config/images.ts";
import { UserError } from "../lib/errors.ts";
import type { Blob, RegistryClient } from "../lib/registry-client.ts";
import { SourceRefusal } from "../lib/registry-source.ts";
import { formatBytes } from "../lib/terminal.ts";
import type { FilledImage, ImageOrigin, OriginImage } from "./image-origins.ts";

export interface Filling {
  registry: RegistryClient;
  images: readonly FilledImage[];
  /** Gives the places that have an image, in the order in which they are asked. */
  originsOf(image: FilledImage): readonly ImageOrigin[];
  signal: AbortSignal;
  report(message: string): void;
}

/** Images that are copied at once, each by a connection of its own. */
const atOnce = 4;
/** Times that an image is tried where what went wrong may pass. */
const attempts = 3;
const reportEveryMs = 2000;

/** Gives what the tags of those images stand for that the registry has. */
async function presentDigests(registry: RegistryClient, images: readonly FilledImage[]): Promise<ImageDigests> {
  const digests = await eachOf(images, ({ repository, tag }) => registry.manifestDigest(repository, tag));
  return Object.fromEntries(
    images.flatMap(({ reference }, index) => {
      const digest = digests[index];
      return digest === undefined ? [] : [[reference, digest]];
    }),
  );
}

/** Gives those images that the registry has not. */
export async function missingImages(registry: RegistryClient, images: readonly FilledImage[]): Promise<FilledImage[]> {
  const present = await presentDigests(registry, images);
  return images.filter(({ reference }) => present[reference] === undefined);
}

/**
 * Copies images into the registry, blob by blob; what it has already is not sent again, so that a run that was killed goes on where it
 * was. Gives each image's digest: of one that was copied its own, of one that was there what `known` says, which no later tag changes, else
 * what its tag stands for. Throws UserError that names each image that could not be had, who was asked and what each said.
 */
export async function fillRegistry(filling: Filling, known: ImageDigests = {}): Promise<ImageDigests> {
  const { registry, images, report } = filling;
  const present = await presentDigests(registry, images);
  const missing = images.filter(({ reference }) => present[reference] === undefined);
  const progress = new Progress(images.length, images.length - missing.length, report);
  const copy = new Copy(filling, progress);
  const failures = (await eachOf(missing, (image) => copy.image(image))).filter((failure) => failure !== undefined);
  if (failures.length === 0) return { ...present, ...known, ...copy.digests };
  throw new UserError(
    [`images that could not be put into the platform's registry: ${failures.length}`, ...failures].join("\n"),
    "see that this machine reaches them; a login at one is containerPlatform.registry.upstreams. What was copied stays",
  );
}

/** One filling of a registry. */
class Copy {
  private readonly filling: Filling;
  private readonly progress: Progress;
  /** Digests of what it has copied. */
  readonly digests: Record<string, string> = {};
  /** Repositories by the blobs that this run has put into them, or is putting. */
  private readonly stored = new Map<string, Promise<string | undefined>>();

  constructor(filling: Filling, progress: Progress) {
    this.filling = filling;
    this.progress = progress;
  }

  /** Copies an image from the first origin that has it. Gives what each said where none has. */
  async image(image: FilledImage): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      const said: string[] = [];
      let mayPass = false;
      for (const origin of this.filling.originsOf(image)) {
        this.filling.signal.throwIfAborted();
        try {
          await this.from(origin, image);
          this.progress.imageIsThere(image.reference);
          return undefined;
        } catch (error) {
          if (!(error instanceof SourceRefusal)) throw error;
          mayPass ||= error.isPassing;
          said.push(`${origin.name}: ${error.message}`);
        }
      }
      if (!mayPass || attempt === attempts) return `${image.reference}: ${said.join("; ")}`;
    }
  }

  private async from(origin: ImageOrigin, image: FilledImage): Promise<void> {
    const { registry } = this.filling;
    const { repository, tag } = image;
    const found = await origin.image(image);
    for (const blob of found.blobs) await this.blob(repository, blob, found);
    const last = found.manifests.length - 1;
    for (const [index, { digest, mediaType, content }] of found.manifests.entries())
      await registry.putManifest(repository, index === last ? tag : digest, mediaType, content);
    this.digests[image.reference] = found.manifests[last]?.digest ?? "";
  }

  /** Puts a blob into a repository, once: images share layers, and what one repository has another takes from there. */
  private async blob(repository: string, blob: Blob, image: OriginImage): Promise<void> {
    const { registry } = this.filling;
    const elsewhere = await this.stored.get(blob.digest);
    if (elsewhere === repository || (await registry.hasBlob(repository, blob.digest))) return;
    if (elsewhere !== undefined && (await registry.mountBlob(repository, blob.digest, elsewhere))) return;
    const putting = this.send(repository, blob, image);
    this.stored.set(
      blob.digest,
      putting.then(
        () => repository,
        () => undefined,
      ),
    );
    await putting;
  }

  private async send(repository: string, blob: Blob, image: OriginImage): Promise<void> {
    const content = await image.open(blob.digest);
    const body = Readable.from(
      verified(content, blob, (bytes) => this.progress.sent(bytes)),
      { objectMode: false },
    );
    await this.filling.registry.putBlob(repository, blob, body);
  }
}

/**
 * Gives a blob's content, and fails before its end where it is not what the digest says: the registry never gets all of it then.
 * What goes wrong is the origin's.
 */
async function* verified(
  content: AsyncIterable<Buffer>,
  { digest, sizeBytes }: Blob,
  heard: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let size = 0;
  let held: Buffer | undefined;
  const damaged = () => new SourceRefusal(`its content of ${digest} has another digest`);
  try {
    for await (const chunk of content) {
      if (held) yield held;
      held = chunk;
      size += chunk.length;
      if (size > sizeBytes) throw damaged();
      hash.update(chunk);
      heard(chunk.length);
    }
  } catch (error) {
    if (error instanceof SourceRefusal) throw error;
    throw new SourceRefusal((error as Error).message, !(error instanceof UserError));
  }
  if (`sha256:${hash.digest("hex")}` !== digest) throw damaged();
  if (held) yield held;
}

/** Tells how far a filling is, every few seconds. */
class Progress {
  private readonly total: number;
  private there: number;
  private readonly report: (message: string) => void;
  private bytes = 0;
  private reportedAt = 0;

  constructor(total: number, there: number, report: (message: string) => void) {
    this.total = total;
    this.there = there;
    this.report = report;
  }

  imageIsThere(reference: string): void {
    this.there++;
    this.tell(reference);
  }

  sent(bytes: number): void {
    this.bytes += bytes;
    if (Date.now() - this.reportedAt >= reportEveryMs) this.tell();
  }

  private tell(reference?: string): void {
    this.reportedAt = Date.now();
    const last = reference ? `; last ${reference}` : "";
    this.report(`${this.there} of ${this.total} images are there, ${formatBytes(this.bytes)} sent${last}`);
  }
}

/** Does something for each of them, a few at a time. The first error ends it once those under way have ended. */
async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [index, one] = next;
      try {
        results[index] = await work(one);
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return results;
}
