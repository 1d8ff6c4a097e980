import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blobPath, layoutImage, layoutImages, ociMediaTypes, openBlob, readBlob, refName } from "./oci-layout.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-layout-"));
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
});

afterEach(() => rm(folder, { recursive: true }));

async function blob(value: unknown, mediaType = "application/octet-stream") {
  const content = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  await writeFile(blobPath(folder, digest), content);
  return { mediaType, digest, size: content.length };
}

async function manifest(word: string, layer = Buffer.from("layer of all")) {
  const config = await blob({ word });
  return blob({ schemaVersion: 2, config, layers: [await blob(layer)] }, ociMediaTypes.manifest);
}

const index = (manifests: object[]) => writeFile(join(folder, "index.json"), JSON.stringify({ manifests }));
const named = (descriptor: object, name: string) => ({ ...descriptor, annotations: { [refName]: name } });

test("an image is found by its full name, with its manifest and its blobs", async () => {
  const one = await manifest("one");
  await index([named(one, "registry.k8s.io/pause:3.10"), named(await manifest("two"), "docker.io/library/busybox:1")]);
  expect([...(await layoutImages(folder)).keys()]).toEqual([
    "registry.k8s.io/pause:3.10",
    "docker.io/library/busybox:1",
  ]);
  const image = await layoutImage(folder, "registry.k8s.io/pause:3.10");
  expect(image).toMatchObject({ digest: one.digest, documents: [{ descriptor: { digest: one.digest } }] });
  expect(image?.blobs).toHaveLength(2);
  expect(await layoutImage(folder, "registry.k8s.io/pause:3.11")).toBeUndefined();
});

test("an index's manifests come before it, and a blob that two of them share comes once", async () => {
  const [amd64, arm64] = [await manifest("amd64"), await manifest("arm64")];
  const both = await blob({ manifests: [amd64, arm64] }, ociMediaTypes.index);
  await index([named(both, "a:1")]);
  const image = await layoutImage(folder, "a:1");
  expect(image?.documents.map(({ descriptor }) => descriptor.digest)).toEqual([
    amd64.digest,
    arm64.digest,
    both.digest,
  ]);
  expect(image?.blobs).toHaveLength(3);
});

test("a damaged and a missing blob are named, a layer as well as a manifest", async () => {
  const layer = await blob(Buffer.from("a layer"));
  expect(await readBlob(folder, layer.digest)).toEqual(Buffer.from("a layer"));
  expect(await buffer(openBlob(folder, layer.digest))).toEqual(Buffer.from("a layer"));
  await writeFile(blobPath(folder, layer.digest), "b layer");
  await expect(readBlob(folder, layer.digest)).rejects.toThrow(`${layer.digest} is damaged`);
  await expect(buffer(openBlob(folder, layer.digest))).rejects.toThrow(`${layer.digest} is damaged`);
  await rm(blobPath(folder, layer.digest));
  await expect(readBlob(folder, layer.digest)).rejects.toThrow(`lacks the blob ${layer.digest}`);
  await expect(buffer(openBlob(folder, layer.digest))).rejects.toThrow(`lacks the blob ${layer.digest}`);
});

test("a folder that is no layout, or whose index is none, is refused by name", async () => {
  await writeFile(join(folder, "index.json"), "[]");
  await expect(layoutImages(folder)).rejects.toThrow(join(folder, "index.json"));
  await rm(join(folder, "oci-layout"));
  await expect(layoutImages(folder)).rejects.toThrow(`${folder} is no OCI image layout`);
});
