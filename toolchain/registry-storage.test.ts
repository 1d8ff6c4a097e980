import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addImage, type Image } from "./registry-storage.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-registry-"));
});

afterEach(() => rm(folder, { recursive: true }));

const base = [{ path: "/etc/passwd", content: "root\n" }];
const image: Image = {
  repository: "group/tool",
  tag: "v1",
  layers: [base, [{ path: "/tool", content: "tool", mode: 0o755 }]],
  entrypoint: ["/tool"],
  environment: { PATH: "/bin" },
  architecture: "amd64",
};

const contents = async (root: string): Promise<Record<string, string>> => {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const entries = files
    .filter((file) => file.isFile())
    .map(async (file): Promise<[string, string]> => {
      const path = join(file.parentPath, file.name);
      return [path.slice(root.length + 1), await readFile(path, "latin1")];
    });
  return Object.fromEntries((await Promise.all(entries)).sort());
};

test("the same image gives the same tree", async () => {
  const digest = await addImage(join(folder, "one"), image);
  expect(await addImage(join(folder, "two"), image)).toBe(digest);
  expect(await contents(join(folder, "two"))).toEqual(await contents(join(folder, "one")));
});

test("tag, manifest, config and layers lead to one another by digests of what is stored", async () => {
  const digest = await addImage(folder, image);
  const files = await contents(join(folder, "docker/registry/v2"));
  const blob = (name: string): string => {
    const hex = name.replace("sha256:", "");
    const data = files[`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`] ?? "";
    expect(createHash("sha256").update(data, "latin1").digest("hex")).toBe(hex);
    return data;
  };
  const repository = "repositories/group/tool";
  expect(files[`${repository}/_manifests/tags/v1/current/link`]).toBe(digest);
  expect(files[`${repository}/_manifests/revisions/${digest.replace(":", "/")}/link`]).toBe(digest);
  const manifest = JSON.parse(blob(digest));
  const config = JSON.parse(blob(manifest.config.digest));
  expect(config.config).toMatchObject({ Entrypoint: ["/tool"], Env: ["PATH=/bin"] });
  expect(config.rootfs.diff_ids).toEqual(manifest.layers.map((layer: { digest: string }) => layer.digest));
  for (const { digest: name, size } of [manifest.config, ...manifest.layers]) {
    expect(blob(name).length).toBe(size);
    expect(files[`${repository}/_layers/${name.replace(":", "/")}/link`]).toBe(name);
  }
});

test("images share the layers they have in common, and nothing unnamed is left", async () => {
  await addImage(folder, image);
  const before = Object.keys(await contents(folder));
  await addImage(folder, { ...image, repository: "other" });
  const added = Object.keys(await contents(folder)).filter((path) => !before.includes(path));
  expect(added.filter((path) => path.includes("/blobs/"))).toEqual([]);
  expect(before.filter((path) => path.includes(".layer-"))).toEqual([]);
});
