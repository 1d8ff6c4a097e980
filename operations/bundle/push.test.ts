import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { imageName } from "../../config/images.ts";
import { blobPath } from "../../lib/oci-layout.ts";
import type { RegistryClient } from "../../lib/registry-client.ts";
import { FakeRegistry } from "../../tests/harness/registry/fake-registry.ts";
import { type Bundle, readBundle } from "../../toolchain/air-gap/format.mjs";
import { addImage, findImages } from "../../toolchain/air-gap/images.ts";
import { signingKey } from "../../toolchain/air-gap/signing-key.ts";
import { BundleWriter } from "../../toolchain/air-gap/writer.ts";
import { addImage as addToTree } from "../../toolchain/registry-storage.ts";
import { platformRegistryClient } from "../registry/client.ts";
import { pushBundle } from "./push.ts";

const quiet = () => undefined;
const names = ["registry.k8s.io/coredns/coredns:v1", "docker.io/library/busybox:1"];
let root: string;
let registry: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-push-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "state"));
  registry = await FakeRegistry.start();
  client = platformRegistryClient(registry.access);
});

afterEach(async () => {
  client.close();
  await registry.stop();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** Makes a bundle of images that share a layer. */
async function made(folder: string, base?: Bundle): Promise<Bundle> {
  const writer = new BundleWriter(join(root, folder), base, quiet);
  for (const { repository, tag } of names.map(imageName))
    await addToTree(join(root, "tree"), {
      ...{ repository, tag, architecture: "amd64" },
      layers: [[{ path: "/etc/passwd", content: "root" }], [{ path: `/${repository}`, content: folder }]],
    });
  const wanted = names.map((name) => ({ ...imageName(name), madeHere: true }));
  for (const image of await findImages(wanted, [join(root, "tree")])) await addImage(writer, image, quiet);
  await writer.finish({ kpaasVersion: "1", platform: "any", environments: [] }, {}, signingKey());
  return readBundle(join(root, folder), base ? [base.folder] : []);
}

test("every image gets into the registry under its name without the host, with its digest; again it costs nothing", async () => {
  const bundle = await made("one");
  const pushed = await pushBundle(client, bundle, quiet);
  expect(pushed.map(({ image, repository, tag }) => `${image} ${repository}:${tag}`)).toEqual([
    "registry.k8s.io/coredns/coredns:v1 coredns/coredns:v1",
    "docker.io/library/busybox:1 library/busybox:1",
  ]);
  for (const { repository, digest } of pushed) expect(registry.manifests.has(`${repository}@${digest}`)).toBe(true);
  registry.writes.length = 0;
  await pushBundle(client, bundle, quiet);
  expect(registry.writes.filter((write) => !write.includes("/manifests/"))).toEqual([]);
});

test("a difference is pushed with the base's blobs", async () => {
  const old = await made("old");
  const bundle = await made("new", old);
  expect(bundle.manifest.entries.some(({ inBase }) => inBase)).toBe(true);
  expect(await pushBundle(client, bundle, quiet)).toHaveLength(2);
});

test("a blob that was damaged meanwhile is not pushed", async () => {
  const bundle = await made("one");
  const layer = bundle.manifest.entries.find(({ path }) => path.endsWith("/layer-2"));
  await writeFile(blobPath(bundle.folder, `sha256:${layer?.sha256}`), Buffer.alloc(layer?.sizeBytes ?? 0));
  await expect(pushBundle(client, bundle, quiet)).rejects.toThrow();
  expect([...registry.manifests.keys()]).toEqual([]);
});
