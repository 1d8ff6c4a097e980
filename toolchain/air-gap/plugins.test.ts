import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { addPlugin, pluginOf } from "./plugins.ts";
import { BundleWriter } from "./writer.ts";

const quiet = () => undefined;
const plugin = { name: "openstack", version: "3.15.2" };
const key = "resource-openstack-v3.15.2";
const program = "pulumi-resource-openstack";
let root: string;
let writer: BundleWriter;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-plugins-"));
  vi.stubEnv("PATH", join(root, "path"));
  writer = new BundleWriter(join(root, "bundle"), undefined, quiet);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

async function put(...names: string[]): Promise<void> {
  const file = join(root, ...names);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, '#!/bin/sh\necho "no such host" >&2\nexit 1\n', { mode: 0o755 });
}
const add = () => addPlugin(writer, plugin, { folder: join(root, "plugins"), pulumi: join(root, "pulumi") }, quiet);

test("a plugin's name and version follow from its SDK", () => {
  expect(pluginOf("@pulumi/openstack")).toEqual({
    name: "openstack",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
  expect(pluginOf("@pulumi/azure-native").name).toBe("azure-native");
});

test("the plugin that is installed is taken before the one on PATH", async () => {
  await put("path", program);
  await put("plugins", key, program);
  await put("plugins", key, "PulumiPlugin.yaml");
  await add();
  expect(writer.entries.map(({ path }) => path)).toEqual(["PulumiPlugin.yaml", program]);
});

test("the one on PATH stands where the engine looks for an installed one", async () => {
  await put("path", program);
  await add();
  expect(writer.entries).toMatchObject([{ kind: "plugin", key, path: program, mode: 0o755, version: "3.15.2" }]);
});

test("one that is nowhere is named, with all places and what was said", async () => {
  await put("pulumi");
  await expect(add()).rejects.toThrow(
    new RegExp(`plugin openstack 3\\.15\\.2 is neither in ${join(root, "plugins")}, nor on PATH, .*no such host`, "s"),
  );
});
