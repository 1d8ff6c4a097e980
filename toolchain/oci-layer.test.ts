import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { extract } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LayerEntry, withParents, writeLayer } from "./oci-layer.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-layer-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function example(): Promise<LayerEntry[]> {
  const program = join(folder, "program");
  await writeFile(program, "binary".repeat(50_000));
  return [
    { path: "/usr/local/bin/program", from: program },
    { path: "/etc/passwd", content: "root\n" },
    { path: "/bin/sh", linkTo: "busybox" },
    { path: "/tmp", directory: true, mode: 0o1777 },
  ];
}

test("the same entries give the same bytes, whatever their order and the files' dates", async () => {
  const entries = await example();
  const first = await writeLayer(entries, join(folder, "one"));
  await utimes(join(folder, "program"), 1, 1);
  const second = await writeLayer(entries.toReversed(), join(folder, "two"));
  expect(second).toEqual(first);
});

test("digest and size are those of the file that was written", async () => {
  const blob = await writeLayer(await example(), join(folder, "layer"));
  const bytes = await readFile(join(folder, "layer"));
  expect(blob).toEqual({
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    sizeBytes: bytes.length,
  });
});

test("what is unpacked is what was put in, folders first, all of root's", async () => {
  await writeLayer(await example(), join(folder, "layer"));
  const found: Record<string, unknown> = {};
  for await (const entry of createReadStream(join(folder, "layer")).pipe(extract())) {
    const { name, mode, uid, gid, type, linkname } = entry.header;
    expect([uid, gid]).toEqual([0, 0]);
    found[name] = [type, mode, type === "symlink" ? linkname : (await buffer(entry)).length];
    entry.resume();
  }
  expect(Object.entries(found)).toEqual([
    ["bin", ["directory", 0o755, 0]],
    ["bin/sh", ["symlink", 0o777, "busybox"]],
    ["etc", ["directory", 0o755, 0]],
    ["etc/passwd", ["file", 0o644, 5]],
    ["tmp", ["directory", 0o1777, 0]],
    ["usr", ["directory", 0o755, 0]],
    ["usr/local", ["directory", 0o755, 0]],
    ["usr/local/bin", ["directory", 0o755, 0]],
    ["usr/local/bin/program", ["file", 0o755, 300_000]],
  ]);
});

test("a file that cannot be read fails the layer", async () => {
  const missing: LayerEntry[] = [{ path: "/a", from: join(folder, "missing") }];
  await expect(writeLayer(missing, join(folder, "layer"))).rejects.toThrow("ENOENT");
});

test("every entry's parent comes before it, once", () => {
  const name = fc.stringMatching(/^[a-z.-]{1,3}$/).filter((text) => text !== "." && text !== "..");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join("/")}`);
  fc.assert(
    fc.property(fc.uniqueArray(path), (paths) => {
      const all = withParents(paths.map((path) => ({ path, content: "" }))).map((entry) => entry.path);
      expect(new Set(all).size).toBe(all.length);
      for (const [index, entry] of all.entries()) {
        const parent = entry.split("/").slice(0, -1).join("/");
        if (parent) expect(all.slice(0, index)).toContain(parent);
      }
    }),
  );
});
