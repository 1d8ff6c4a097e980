import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ociMediaTypes, refName } from "../../../lib/oci-layout.ts";
import type { FakeRegistry } from "./fake-registry.ts";

export const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** An image of one platform, made of layers. */
export interface MadeImage {
  config: Buffer;
  layers: Buffer[];
  manifest: Buffer;
}

export function madeImage(layers: Buffer[], architecture = "amd64"): MadeImage {
  const config = json({ architecture, os: "linux", layers: layers.map(digestOf) });
  const part = (content: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(content), size: content.length });
  const manifest = json({
    schemaVersion: 2,
    mediaType: ociMediaTypes.manifest,
    config: part(config, "application/vnd.oci.image.config.v1+json"),
    layers: layers.map((layer) => part(layer, "application/vnd.oci.image.layer.v1.tar")),
  });
  return { config, layers, manifest };
}

/** Gives an index of images by architecture. */
export function indexOf(images: Record<string, MadeImage>): Buffer {
  const manifests = Object.entries(images).map(([architecture, { manifest }]) => ({
    mediaType: ociMediaTypes.manifest,
    digest: digestOf(manifest),
    size: manifest.length,
    platform: { os: "linux", architecture },
  }));
  return json({ schemaVersion: 2, mediaType: ociMediaTypes.index, manifests });
}

/** Puts images into a registry as if they had been pushed; `index` is what the tag stands for. */
export function stock(registry: FakeRegistry, name: string, images: MadeImage[], index?: Buffer): void {
  const repository = name.split(":")[0];
  for (const { config, layers, manifest } of images) {
    for (const blob of [config, ...layers]) registry.blobs.set(`${repository}@${digestOf(blob)}`, blob);
    const stored = { mediaType: ociMediaTypes.manifest, content: manifest };
    registry.manifests.set(`${repository}@${digestOf(manifest)}`, stored).set(name, stored);
  }
  if (index) registry.manifests.set(name, { mediaType: ociMediaTypes.index, content: index });
}

/** Writes an OCI image layout of images by their references. */
export function writeLayout(folder: string, images: Record<string, MadeImage>): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  for (const content of Object.values(images).flatMap(({ config, layers, manifest }) => [config, manifest, ...layers]))
    writeFileSync(join(blobs, digestOf(content).slice(7)), content);
  writeFileSync(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  const manifests = Object.entries(images).map(([reference, { manifest }]) => ({
    mediaType: ociMediaTypes.manifest,
    digest: digestOf(manifest),
    size: manifest.length,
    annotations: { [refName]: reference },
  }));
  writeFileSync(join(folder, "index.json"), json({ schemaVersion: 2, manifests }));
}
