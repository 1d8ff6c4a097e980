import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RegistryClient } from "../../lib/registry-client.ts";
import { FakeRegistry } from "../../tests/harness/registry/fake-registry.ts";
import { digestOf } from "./archive.ts";
import { platformRegistryClient } from "./client.ts";
import { type Push, pushArchive } from "./push.ts";

let registry: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  registry = await FakeRegistry.start();
  client = platformRegistryClient(registry.access);
});
afterEach(async () => {
  client.close();
  await registry.stop();
});

const layers = [
  Buffer.concat([Buffer.alloc(512, "layer"), randomBytes(300_000)]),
  gzipSync(randomBytes(5000)),
] as const;
const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux" }));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const blob = (content: Buffer) => `blobs/sha256/${digestOf(content).slice(7)}`;
const part = (content: Buffer, more: object = {}) => ({ digest: digestOf(content), size: content.length, ...more });

const hasBlob = (content: Buffer) => registry.blobs.get(`team/hello@${digestOf(content)}`)?.equals(content) ?? false;

type Entries = Record<string, Buffer | { link: string }>;

function archiveOf(entries: Entries): Readable {
  const archive = pack();
  for (const [name, content] of Object.entries(entries))
    if (Buffer.isBuffer(content)) archive.entry({ name }, content);
    else archive.entry({ name, type: "symlink", linkname: content.link });
  archive.finalize();
  return Readable.from(archive);
}

const whole = (entries: Entries): Promise<Buffer> => buffer(archiveOf(entries));

const push = (archive: Readable, image = "team/hello:1", more: Partial<Push> = {}) =>
  pushArchive(client, { archive, image, ...more }, () => undefined);

const manifest = json({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: part(config, { mediaType: "application/vnd.oci.image.config.v1+json" }),
  layers: layers.map((layer) => part(layer, { mediaType: "application/vnd.oci.image.layer.v1.tar" })),
});

/** An OCI layout as tools write it: the index comes first or last, and tells what is where. */
const layout = (index: object, ...documents: Buffer[]): Entries => ({
  "oci-layout": json({ imageLayoutVersion: "1.0.0" }),
  ...Object.fromEntries([...layers, config, ...documents].map((content) => [blob(content), content])),
  "index.json": json(index),
});

const single = () => layout({ schemaVersion: 2, manifests: [part(manifest)] }, manifest);

describe("an OCI archive", () => {
  test("is pushed as it is, digest included; again, it costs no layer", async () => {
    expect(await push(archiveOf(single()))).toEqual({ repository: "team/hello", tag: "1", digest: digestOf(manifest) });
    expect(registry.manifests.get("team/hello:1")?.content).toEqual(manifest);
    for (const content of [...layers, config]) expect(hasBlob(content)).toBe(true);
    registry.writes.length = 0;
    await push(archiveOf(single()), "team/hello:2");
    expect(registry.writes).toEqual(["PUT /v2/team/hello/manifests/2"]);
  });

  test("may be compressed, and goes under another name where one is given", async () => {
    const pushed = await push(Readable.from([gzipSync(await whole(single()))]), "hello", {
      as: "docker.io/library/web:3",
    });
    expect(pushed).toMatchObject({ repository: "library/web", tag: "3" });
  });

  const platform = (architecture: string, os = "linux") => ({ platform: { os, architecture } });
  const other = json({ ...JSON.parse(manifest.toString()), layers: [], annotations: { for: "arm64" } });

  test("of many platforms keeps them all", async () => {
    const index = json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [part(manifest, platform("amd64")), part(other, platform("arm64"))],
    });
    const archive = layout(
      { manifests: [part(index, { mediaType: "application/vnd.oci.image.index.v1+json" })] },
      manifest,
      other,
      index,
    );
    expect((await push(archiveOf(archive))).digest).toBe(digestOf(index));
    expect(registry.manifests.get("team/hello:1")).toMatchObject({
      mediaType: "application/vnd.oci.image.index.v1+json",
    });
    expect(registry.manifests.has(`team/hello@${digestOf(other)}`)).toBe(true);
  });

  test("whose index names platforms that it has not gives the one that it has", async () => {
    const index = json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [part(other, platform("arm64")), part(manifest, platform("amd64"))],
    });
    const archive = layout({ manifests: [part(index)] }, manifest, index);
    expect((await push(archiveOf(archive))).digest).toBe(digestOf(manifest));
  });

  test("that lacks a layer is refused by the layer's digest, and no tag leads to it", async () => {
    const { [blob(layers[1])]: _, ...rest } = single();
    await expect(push(archiveOf(rest))).rejects.toThrow(`the archive lacks ${digestOf(layers[1])}`);
    expect(registry.manifests.size).toBe(0);
  });

  test.each([
    ["a layer", () => blob(layers[0]), /answered 400 DIGEST_INVALID/],
    ["its manifest", () => blob(manifest), /the archive is damaged: blobs\/sha256\//],
  ])("of which a byte of %s was flipped is refused", async (_what, path, message) => {
    const entries = single();
    const content = Buffer.from(entries[path()] as Buffer);
    content[content.length - 3] = (content.at(-3) ?? 0) ^ 1;
    await expect(push(archiveOf({ ...entries, [path()]: content }))).rejects.toThrow(message);
    expect(registry.manifests.size).toBe(0);
  });
});

describe("what docker save writes without OCI's layout", () => {
  const saved = (...images: { tags: string[]; layers: string[] }[]): Entries => ({
    "a1/VERSION": Buffer.from("1.0"),
    "a1/json": json({ id: "a1" }),
    "a1/layer.tar": layers[0],
    "b2/layer.tar": { link: "../a1/layer.tar" },
    "c3/layer.tar": layers[1],
    "config.json": config,
    "manifest.json": json(
      images.map(({ tags, layers }) => ({ Config: "config.json", RepoTags: tags, Layers: layers })),
    ),
  });

  test("is pushed with a manifest of its own, links followed, compression named", async () => {
    const { digest } = await push(archiveOf(saved({ tags: [], layers: ["b2/layer.tar", "c3/layer.tar"] })));
    const stored = registry.manifests.get("team/hello:1");
    expect(stored && digestOf(stored.content)).toBe(digest);
    expect(JSON.parse(String(stored?.content))).toMatchObject({
      config: part(config),
      layers: [
        part(layers[0], { mediaType: "application/vnd.oci.image.layer.v1.tar" }),
        part(layers[1], { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }),
      ],
    });
    for (const content of layers) expect(hasBlob(content)).toBe(true);
  });

  test("of several images is chosen from by name, and a name that is not there is told those that are", async () => {
    const images = () =>
      archiveOf(
        saved(
          { tags: ["web:1"], layers: ["a1/layer.tar"] },
          { tags: ["localhost/team/api:2"], layers: ["c3/layer.tar"] },
        ),
      );
    await push(images(), "team/api:2");
    expect(JSON.parse(String(registry.manifests.get("team/api:2")?.content)).layers).toMatchObject([part(layers[1])]);
    await expect(push(images(), "team/web:1")).rejects.toMatchObject({
      message: "the archive has 2 images, and none is team/web:1",
      next: "name one: web:1, localhost/team/api:2",
    });
  });

  test("in podman's way has layers named by their digest, which are not sent twice", async () => {
    const path = `${digestOf(layers[0]).slice(7)}.tar`;
    const archive = () =>
      archiveOf({
        [path]: layers[0],
        "config.json": config,
        "manifest.json": json([{ Config: "config.json", Layers: [path] }]),
      });
    await push(archive());
    registry.writes.length = 0;
    await push(archive(), "team/hello:2");
    expect(registry.writes).toEqual(["PUT /v2/team/hello/manifests/2"]);
  });
});

test.each([
  ["no archive", Buffer.from("hello".repeat(300)), /that is no whole tar archive/],
  ["an archive without images", await whole({ "a.txt": Buffer.from("a") }), /neither index\.json nor manifest\.json/],
  ["an archive that was cut off", (await whole(single())).subarray(0, 200_000), /no whole tar archive/],
  ["one that was cut off within gzip", gzipSync(await whole(single())).subarray(0, 100_000), /no whole tar archive/],
])("%s is refused with a way on", async (_what, content, message) => {
  await expect(push(Readable.from([content]))).rejects.toMatchObject({
    message: expect.stringMatching(message),
    next: expect.stringContaining("docker save"),
  });
  expect(registry.manifests.size).toBe(0);
});

test.each([
  ["Team/hello:1", /no image's name/],
  ["team/hello@sha256:0", /names a digest/],
  ["registry.local.kpaas.internal:5000/:1", /no image's name/],
])("the name %s is refused before anything is sent", async (name, message) => {
  await expect(push(archiveOf(single()), name)).rejects.toThrow(message);
  expect(registry.writes).toEqual([]);
});

test("a wrong password, a certificate of another CA and a registry that is away are told apart", async () => {
  const attempt = async (access: Partial<FakeRegistry["access"]>) => {
    const other = platformRegistryClient({ ...registry.access, ...access });
    const refused = await pushArchive(other, { archive: archiveOf(single()), image: "a" }, () => undefined).catch(
      (error) => error,
    );
    other.close();
    return String(refused.message);
  };
  expect(await attempt({ password: "wrong" })).toBe("the registry refuses the platform's login");
  expect(await attempt({ name: "registry.other.internal:5000" })).toMatch(
    /does not answer \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
  );
  expect(await attempt({ endpoint: "127.0.0.1:1" })).toMatch(/127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
});

test("a connection that was cut while nothing was asked is made anew", async () => {
  await push(archiveOf(single()));
  registry.cutAtNextRequest = true;
  expect(await client.tags("team/hello")).toEqual(["1"]);
  expect(registry.cutAtNextRequest).toBe(false);
});

test("lists are read page by page", async () => {
  for (const name of ["c", "a", "team/b"]) await push(archiveOf(single()), `${name}:1`);
  await push(archiveOf(single()), "a:latest");
  expect(await client.repositories()).toEqual(["a", "c", "team/b"]);
  expect(await client.tags("a")).toEqual(["1", "latest"]);
  expect(await client.tags("none")).toEqual([]);
});
