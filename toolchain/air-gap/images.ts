import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { upstreamBase } from "../../config/image-sources.ts";
import { type ImageName, imageReference } from "../../config/images.ts";
import { UserError } from "../../lib/errors.ts";
import type { Descriptor } from "../../lib/oci-layout.ts";
import { ociMediaTypes } from "../../lib/oci-layout.ts";
import type { Report } from "../../lib/run.ts";
import { SourceUnavailable } from "../download.ts";
import { machinePlatform } from "../platform.ts";
import type { Entry } from "./format.mjs";
import { askUpstream, type UpstreamImage } from "./upstream.ts";
import type { BundleWriter } from "./writer.ts";

/** An image that a bundle is to bring. */
export interface WantedImage extends ImageName {
  /** Upstream is not asked: the machines have what is made here. */
  madeHere: boolean;
}

/** Place that an image is taken from. */
export type FoundImage = { name: ImageName } & (
  | { tree: string; digest: string }
  | { upstream: UpstreamImage; tree?: undefined }
);

/**
 * Finds all images: upstream first, then in folders in a registry's storage layout that were made here. Throws UserError that names
 * every image that neither has, and who was asked.
 */
export async function findImages(
  wanted: readonly WantedImage[],
  trees: readonly string[],
  baseOf: (name: ImageName) => string = ({ host }) => upstreamBase(host),
): Promise<FoundImage[]> {
  const found: FoundImage[] = [];
  const missing: string[] = [];
  for (const name of wanted) {
    const reasons: string[] = [];
    const upstream = name.madeHere ? undefined : await fromUpstream(name, baseOf(name), reasons);
    const made = upstream ?? (await fromTrees(name, trees));
    if (made) found.push(made);
    else {
      const others = trees.length > 0 ? "not among the images that are made here" : "no images are made here";
      missing.push(`${imageReference(name)}: ${[...reasons, others].join("; ")}`);
    }
  }
  if (missing.length === 0) return found;
  throw new UserError(
    [`${missing.length} images can be had nowhere:`, ...missing.map((line) => `  ${line}`)].join("\n"),
    "make the bundle where upstream's registries can be reached",
  );
}

async function fromUpstream(name: ImageName, base: string, reasons: string[]): Promise<FoundImage | undefined> {
  try {
    const asked = { base, repository: name.repository, tag: name.tag };
    return { name, upstream: await askUpstream(asked, machinePlatform()) };
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    reasons.push(error.message);
    return undefined;
  }
}

const storage = ["docker", "registry", "v2"];

async function fromTrees(name: ImageName, trees: readonly string[]): Promise<FoundImage | undefined> {
  for (const tree of trees) {
    const tag = ["repositories", name.repository, "_manifests", "tags", name.tag, "current", "link"];
    const link = join(tree, ...storage, ...tag);
    if (existsSync(link)) return { name, tree, digest: (await readFile(link, "utf8")).trim() };
  }
  return undefined;
}

const treeBlob = (tree: string, digest: string): string => {
  const hex = digest.slice("sha256:".length);
  return join(tree, ...storage, "blobs", "sha256", hex.slice(0, 2), hex, "data");
};

/** Reads an image in a folder in a registry's storage layout: its manifest, and the files of its configuration and layers. */
export async function treeImage(tree: string, digest: string) {
  const content = await readFile(treeBlob(tree, digest));
  const { config, layers }: { config: Descriptor; layers: Descriptor[] } = JSON.parse(content.toString());
  const { os, arch: architecture } = machinePlatform();
  const platform = { os, architecture };
  return {
    content,
    descriptor: { mediaType: ociMediaTypes.manifest, digest, size: content.length, platform },
    blobs: [config, ...layers].map((blob) => ({ digest: blob.digest, file: treeBlob(tree, blob.digest) })),
  };
}

/** Adds an image: manifest, configuration and layers, and its name in the layout's index. */
export async function addImage(writer: BundleWriter, image: FoundImage, report: Report): Promise<void> {
  const reference = imageReference(image.name);
  const entry: Entry = { kind: "image", path: reference, version: image.name.tag };
  const part = (index: number): Entry => ({
    ...entry,
    path: `${reference}/${index === 0 ? "config" : `layer-${index}`}`,
  });
  if (image.tree !== undefined) {
    const { content, descriptor, blobs } = await treeImage(image.tree, image.digest);
    await writer.addContent(entry, content);
    for (const [index, { file }] of blobs.entries()) await writer.addFile(part(index), file);
    writer.addImage(reference, descriptor);
    return;
  }
  const { manifest, descriptor, blobs, fetchBlob } = image.upstream;
  await writer.addContent(entry, manifest);
  for (const [index, blob] of blobs.entries()) {
    const file = join(await writer.draftFolder(), `image-${blob.digest.slice("sha256:".length)}`);
    const known = await writer.addKnown(part(index), blob);
    if (known) continue;
    await fetchBlob(blob, file, report);
    await writer.addFile(part(index), file);
    await rm(file);
  }
  writer.addImage(reference, descriptor);
}
