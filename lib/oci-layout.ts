import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { z } from "zod";
import { UserError } from "./errors.ts";

/** Annotation by which an image layout tells an image's name: https://github.com/opencontainers/image-spec */
export const refName = "org.opencontainers.image.ref.name";

export const ociMediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
} as const;

/** Media types of an index, by which an image of several platforms is told. */
export const indexMediaTypes: readonly string[] = [
  ociMediaTypes.index,
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

const descriptorForm = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Something in a layout by its content: a manifest, an index, a configuration, a layer. */
export type Descriptor = z.infer<typeof descriptorForm>;

const indexForm = z.object({ manifests: z.array(descriptorForm) });
const manifestForm = z.object({ config: descriptorForm, layers: z.array(descriptorForm) });
const layoutForm = z.object({ imageLayoutVersion: z.literal("1.0.0") });

/** A manifest or an index, with the bytes whose digest is its name. */
export interface ManifestDocument {
  descriptor: Descriptor;
  content: Buffer;
}

/** An image of a layout: of one platform, or an index of several. */
export interface LayoutImage {
  /** Name as the layout has it: `registry.k8s.io/kube-proxy:v1.36.3`. */
  name: string;
  /** Digest that the name stands for. */
  digest: string;
  /** Manifests and indexes in the order in which a registry takes them: the one that the name stands for is last. */
  documents: ManifestDocument[];
  /** Configurations and layers, each once. */
  blobs: Descriptor[];
}

/** Lists the images of a layout by name. Throws UserError where the folder is no layout. */
export async function layoutImages(folder: string): Promise<Map<string, Descriptor>> {
  if (!existsSync(join(folder, "oci-layout")))
    throw new UserError(`${folder} is no OCI image layout: it has no file oci-layout`, "name the folder that holds it");
  await documentOf(folder, "oci-layout", layoutForm);
  const { manifests } = await documentOf(folder, "index.json", indexForm);
  return new Map(
    manifests.flatMap((descriptor) => {
      const name = descriptor.annotations?.[refName];
      return name === undefined ? [] : [[name, descriptor] as const];
    }),
  );
}

/** Folder of a layout, or folders of which each may have a part of its blobs: the first has the index. */
export type Folders = string | readonly string[];

/** Reads an image of a layout with all that it names; undefined where the layout has none of that name. Throws UserError. */
export async function layoutImage(folders: Folders, name: string): Promise<LayoutImage | undefined> {
  const [first = ""] = [folders].flat();
  const descriptor = (await layoutImages(first)).get(name);
  return descriptor && readImage(folders, name, descriptor);
}

/** Reads the image that a descriptor of `layoutImages` stands for. Throws UserError where a manifest is missing or damaged. */
export async function readImage(folders: Folders, name: string, descriptor: Descriptor): Promise<LayoutImage> {
  const documents: ManifestDocument[] = [];
  const blobs = new Map<string, Descriptor>();
  const add = async (one: Descriptor): Promise<void> => {
    const content = await readBlob(folders, one.digest);
    if (indexMediaTypes.includes(one.mediaType))
      for (const part of parsed(content, one.digest, indexForm).manifests) await add(part);
    else {
      const { config, layers } = parsed(content, one.digest, manifestForm);
      for (const blob of [config, ...layers]) blobs.set(blob.digest, blob);
    }
    documents.push({ descriptor: one, content });
  };
  await add(descriptor);
  return { name, digest: descriptor.digest, documents, blobs: [...blobs.values()] };
}

/** Gives the path of a blob: `blobs/sha256/<hex>` of the folder. */
export const blobPath = (folder: string, digest: string): string =>
  join(folder, "blobs", "sha256", digest.slice("sha256:".length));

function blobIn(folders: Folders, digest: string): string {
  const paths = [folders].flat().map((folder) => blobPath(folder, digest));
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? "";
}

/** Opens a blob as a stream that fails at its end where the content is not what its digest says. */
export function openBlob(folders: Folders, digest: string): NodeJS.ReadableStream & AsyncIterable<Buffer> {
  const hash = createHash("sha256");
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => done(`sha256:${hash.digest("hex")}` === digest ? null : damaged(digest)),
  });
  const file = createReadStream(blobIn(folders, digest), { highWaterMark: 2 ** 20 });
  file.on("error", (error: NodeJS.ErrnoException) =>
    check.destroy(error.code === "ENOENT" ? lacks(folders, digest) : error),
  );
  check.on("close", () => file.destroy());
  return file.pipe(check);
}

/** Reads a small blob whole. Throws UserError where it is missing, or not what its digest says. */
export async function readBlob(folders: Folders, digest: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(blobIn(folders, digest));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? lacks(folders, digest) : error;
  }
  if (`sha256:${createHash("sha256").update(content).digest("hex")}` !== digest) throw damaged(digest);
  return content;
}

async function documentOf<T extends z.ZodType>(folder: string, name: string, form: T): Promise<z.infer<T>> {
  return parsed(await readFile(join(folder, name)), join(folder, name), form);
}

function parsed<T extends z.ZodType>(content: Buffer, name: string, form: T): z.infer<T> {
  try {
    return form.parse(JSON.parse(content.toString()));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new UserError(`${name} is not what an OCI image layout has there`, "make the layout again");
    throw error;
  }
}

const damaged = (digest: string): UserError =>
  new UserError(`the blob ${digest} is damaged: its content has another digest`, "copy or make the folder again");

const lacks = (folders: Folders, digest: string): UserError =>
  new UserError(`${[folders].flat().join(", ")} lacks the blob ${digest}`, "copy or make the folder again");
