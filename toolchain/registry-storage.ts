import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Blob, type LayerEntry, writeLayer } from "./oci-layer.ts";

export interface Image {
  /** Name without the host, as a mirror is asked for it. */
  repository: string;
  tag: string;
  /** Layers, the bottom one first. */
  layers: readonly (readonly LayerEntry[])[];
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  /** `uid:gid`. @default root */
  user?: string;
  /** Go's name of the architecture. */
  architecture: string;
}

const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  // Uncompressed: these images travel between machines of one platform, where unpacking costs more than sending.
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/**
 * Adds an image to a folder in the storage layout of the distribution registry (`docker/registry/v2`), which serves it as
 * its own, read-only or not. Gives the manifest's digest. The same image gives the same bytes.
 */
export async function addImage(root: string, image: Image): Promise<string> {
  const storage = join(root, "docker", "registry", "v2");
  const layers: Blob[] = [];
  for (const entries of image.layers) layers.push(await addLayer(storage, entries));
  const config = await addDocument(storage, {
    architecture: image.architecture,
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      Env: Object.entries(image.environment ?? {}).map(([name, value]) => `${name}=${value}`),
      Entrypoint: image.entrypoint,
      Cmd: image.command,
      User: image.user,
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const describe = (mediaType: string, { digest, sizeBytes }: Blob) => ({ mediaType, digest, size: sizeBytes });
  const manifest = await addDocument(storage, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, config),
    layers: layers.map((layer) => describe(mediaTypes.layer, layer)),
  });
  const repository = join(storage, "repositories", image.repository);
  for (const { digest } of [config, ...layers]) await link(join(repository, "_layers"), digest);
  const tag = join(repository, "_manifests", "tags", image.tag);
  await link(join(repository, "_manifests", "revisions"), manifest.digest);
  await link(join(tag, "index"), manifest.digest);
  await write(join(tag, "current", "link"), manifest.digest);
  return manifest.digest;
}

async function addLayer(storage: string, entries: readonly LayerEntry[]): Promise<Blob> {
  await mkdir(storage, { recursive: true });
  const unnamed = join(storage, `.layer-${randomBytes(6).toString("hex")}`);
  const blob = await writeLayer(entries, unnamed);
  const file = blobFile(storage, blob.digest);
  if (existsSync(file)) await rm(unnamed);
  else {
    await mkdir(dirname(file), { recursive: true });
    await rename(unnamed, file);
  }
  return blob;
}

async function addDocument(storage: string, document: unknown): Promise<Blob> {
  const text = JSON.stringify(document);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  await write(blobFile(storage, digest), text);
  return { digest, sizeBytes: Buffer.byteLength(text) };
}

function blobFile(storage: string, digest: string): string {
  const hex = digest.slice("sha256:".length);
  return join(storage, "blobs", "sha256", hex.slice(0, 2), hex, "data");
}

const link = (folder: string, digest: string): Promise<void> =>
  write(join(folder, digest.replace(":", "/"), "link"), digest);

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
