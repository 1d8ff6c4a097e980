import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { z } from "zod";
import { UserError } from "../../lib/errors.ts";
import { indexMediaTypes, ociMediaTypes } from "../../lib/oci-layout.ts";
import type { Blob, RegistryClient } from "../../lib/registry-client.ts";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { archiveForms, digestOf, type ReadArchive, readArchive } from "./archive.ts";
import { type ImageTarget, targetOf } from "./image-name.ts";

export interface Push {
  /** Archive of one or more images: an OCI layout, or what `docker save` and `podman save` write; gzip may be around it. */
  archive: Readable;
  /** Name of the image; of an archive that has only one, any name. */
  image: string;
  /** Name in the registry; undefined where it is the image's own. */
  as?: string;
}

export interface Pushed extends ImageTarget {
  digest: string;
}

const manifestType = ociMediaTypes.manifest;

const descriptorForm = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
type Descriptor = z.infer<typeof descriptorForm>;

const indexForm = z.object({ mediaType: z.string().optional(), manifests: z.array(descriptorForm) });
const manifestForm = z.object({
  mediaType: z.string().optional(),
  config: descriptorForm,
  layers: z.array(descriptorForm),
});
const savedForm = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
);

/** Puts an image of an archive into the registry; what is there already is not sent again. Throws UserError. */
export async function pushArchive(
  client: RegistryClient,
  { archive, image, as }: Push,
  report: Report,
): Promise<Pushed> {
  const target = targetOf(as ?? image);
  const { repository } = target;
  const content = await readArchive(archive, async (layer, { digest, sizeBytes }) => {
    const shown = `${digest?.slice(7, 19) ?? "layer"}  ${formatBytes(sizeBytes)}`;
    if (digest !== undefined && (await client.hasBlob(repository, digest))) {
      report(`${shown}  is there`);
      await finished(layer.resume());
      return { digest, sizeBytes };
    }
    report(`${shown}  is sent`);
    if (digest === undefined) return client.putStream(repository, layer);
    await client.putBlob(repository, { digest, sizeBytes }, layer);
    return { digest, sizeBytes };
  });
  const pushing = { client, content, target };
  const digest = content.documents.has("index.json")
    ? await pushLayout(pushing, image)
    : await pushSaved(pushing, image);
  return { ...target, digest };
}

interface Pushing {
  client: RegistryClient;
  content: ReadArchive;
  target: ImageTarget;
}

/** Pushes from an OCI layout, whose manifests stay as they are, digests included. */
async function pushLayout(pushing: Pushing, image: string): Promise<string> {
  const { manifests } = documentOf(pushing.content, "index.json", indexForm);
  const chosen = one(
    manifests.map((descriptor) => ({ names: namesOf(descriptor), value: descriptor })),
    image,
  );
  return pushManifest(pushing, chosen, pushing.target.tag);
}

const namesOf = ({ annotations = {} }: Descriptor): string[] =>
  ["io.containerd.image.name", "org.opencontainers.image.ref.name"].flatMap((key) => annotations[key] ?? []);

async function pushManifest(pushing: Pushing, descriptor: Descriptor, reference: string): Promise<string> {
  const { client, content, target } = pushing;
  const path = blobPath(descriptor.digest);
  const text = content.documents.get(path);
  if (!text) throw lacks(descriptor.digest);
  if (digestOf(text) !== descriptor.digest) throw damaged(path);
  const { mediaType = descriptor.mediaType ?? manifestType } = documentOf(
    content,
    path,
    z.object({ mediaType: z.string().optional() }),
  );
  if (indexMediaTypes.includes(mediaType)) {
    const { manifests } = documentOf(content, path, indexForm);
    const present = manifests.filter(({ digest }) => content.documents.has(blobPath(digest)));
    // An engine that pulled an image of many platforms for its own alone exports the index all the same.
    const [only, ...more] = present.filter(({ platform }) => platform?.os !== "unknown");
    if (present.length < manifests.length) {
      if (!only || more.length > 0) throw lacks(manifests.find((one) => !present.includes(one))?.digest ?? "");
      return pushManifest(pushing, only, reference);
    }
    for (const one of manifests) await pushManifest(pushing, one, one.digest);
  } else {
    const { config, layers } = documentOf(content, path, manifestForm);
    for (const one of [config, ...layers]) await ensureBlob(pushing, { digest: one.digest, sizeBytes: one.size });
  }
  await client.putManifest(target.repository, reference, mediaType, text);
  return descriptor.digest;
}

/** Pushes from what `docker save` writes of an engine without OCI's layout, with a manifest of its own. */
async function pushSaved(pushing: Pushing, image: string): Promise<string> {
  const { client, content, target } = pushing;
  if (!content.documents.has("manifest.json"))
    throw new UserError("the archive has no image: neither index.json nor manifest.json is in it", archiveForms);
  const saved = documentOf(content, "manifest.json", savedForm);
  const chosen = one(
    saved.map((value) => ({ names: value.RepoTags ?? [], value })),
    image,
  );
  const config = content.documents.get(chosen.Config);
  if (!config) throw lacks(chosen.Config);
  const configBlob = { digest: digestOf(config), sizeBytes: config.length };
  await store(pushing, configBlob, config);
  const layers = chosen.Layers.map((path) => {
    const layer = content.layers.get(linkTarget(content, path));
    if (!layer) throw lacks(path);
    const { digest, sizeBytes, compression } = layer;
    return { mediaType: `application/vnd.oci.image.layer.v1.tar${compression}`, digest, size: sizeBytes };
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: configBlob.digest, size: config.length },
      layers,
    }),
  );
  await client.putManifest(target.repository, target.tag, manifestType, manifest);
  return digestOf(manifest);
}

/** Finds the image that is meant. */
function one<T>(images: readonly { names: string[]; value: T }[], image: string): T {
  const [first, ...others] = images;
  if (!first) throw new UserError("the archive has no image", archiveForms);
  if (others.length === 0) return first.value;
  const wanted = new Set([image, shownName(image)]);
  const found = images.find(({ names }) => names.some((name) => wanted.has(name) || wanted.has(shownName(name))));
  if (found) return found.value;
  const names = images.flatMap((one) => one.names);
  throw new UserError(
    `the archive has ${images.length} images, and none is ${image}`,
    `name one: ${names.join(", ") || "they have no names; make an archive of one"}`,
  );
}

const shown = ({ repository, tag }: ImageTarget): string => `${repository}:${tag}`;

function shownName(name: string): string {
  try {
    return shown(targetOf(name));
  } catch {
    return name;
  }
}

/** Sees to a blob: a layer was sent as the archive was read, a configuration is among its documents. */
async function ensureBlob(pushing: Pushing, blob: Blob): Promise<void> {
  const path = blobPath(blob.digest);
  if (pushing.content.layers.has(path)) return;
  const document = pushing.content.documents.get(path);
  if (!document) {
    if (await pushing.client.hasBlob(pushing.target.repository, blob.digest)) return;
    throw lacks(blob.digest);
  }
  await store(pushing, blob, document);
}

async function store({ client, target: { repository } }: Pushing, blob: Blob, content: Buffer): Promise<void> {
  if (!(await client.hasBlob(repository, blob.digest)))
    await client.putBlob(repository, blob, Readable.from([content]));
}

/** Follows an archive's links: `docker save` has a layer that two images share once. */
function linkTarget({ links }: ReadArchive, path: string): string {
  let target = path;
  for (let hops = 0; hops < 40; hops++) {
    const next = links.get(target);
    if (next === undefined) break;
    target = next;
  }
  return target;
}

function documentOf<T extends z.ZodType>({ documents }: ReadArchive, path: string, form: T): z.infer<T> {
  try {
    return form.parse(JSON.parse(String(documents.get(path))));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw damaged(path);
    throw error;
  }
}

const blobPath = (digest: string): string => digest.replace(/^sha256:/, "blobs/sha256/");

const damaged = (path: string): UserError => new UserError(`the archive is damaged: ${path}`, archiveForms);

const lacks = (part: string): UserError => new UserError(`the archive lacks ${part}`, archiveForms);
