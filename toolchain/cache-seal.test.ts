import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let root: string;
const reports: string[] = [];
const report = (message: string) => void reports.push(message);
/** Counts how often the tool was made. */
let builds = 0;
const build = async (directory: string) => {
  builds++;
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin", "pulumi"), "#!/bin/sh\necho v3.250.0\n", { mode: 0o755 });
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kpaas-seal-"));
  vi.stubEnv("KPAAS_CACHE_DIR", root);
  vi.stubEnv("KPAAS_CACHE_KEY", "key-of-this-pipeline");
  reports.length = 0;
  builds = 0;
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Gives the cache as a new process sees it. */
async function newProcess() {
  vi.resetModules();
  return await import("./cache.ts");
}

async function made(): Promise<string> {
  const { cached } = await newProcess();
  return cached("tool-1", build, report);
}

test("what a run with the key has made is used by the next one", async () => {
  const folder = await made();
  const { lookup } = await newProcess();
  expect(lookup("tool-1")).toBe(folder);
  expect(await made()).toBe(folder);
  expect([builds, reports]).toEqual([1, []]);
});

const tampering: [string, (folder: string) => unknown][] = [
  ["a program with other content", (folder) => writeFileSync(join(folder, "bin/pulumi"), "#!/bin/sh\nenv\n")],
  ["one more file", (folder) => writeFileSync(join(folder, "bin/pulumi-analyzer-policy-nodejs"), "")],
  ["another mode", (folder) => chmod(join(folder, "bin/pulumi"), 0o4755)],
  [
    "a link in a program's place",
    (folder) => {
      renameSync(join(folder, "bin/pulumi"), join(root, "kept"));
      symlinkSync(join(root, "kept"), join(folder, "bin/pulumi"));
    },
  ],
  ["no seal", (folder) => rmSync(`${folder}.seal`)],
  ["a seal of another key", (folder) => writeFileSync(`${folder}.seal`, "00".repeat(32))],
];

test.each(tampering)("%s is not used, and is made anew", async (_what, change) => {
  const folder = await made();
  await change(folder);
  const { lookup } = await newProcess();
  expect(lookup("tool-1")).toBeUndefined();
  expect(await made()).toBe(folder);
  expect(builds).toBe(2);
  expect(reports).toEqual(["tool-1 is in the cache without the seal of KPAAS_CACHE_KEY: it is made anew"]);
  expect(readFileSync(join(folder, "bin/pulumi"), "utf8")).toContain("v3.250.0");
  expect(readdirSync(join(folder, "bin"))).toEqual(["pulumi"]);
  expect((await newProcess()).lookup("tool-1")).toBe(folder);
});

test("a sealed folder under another tool's name is not used", async () => {
  const folder = await made();
  await cp(folder, join(root, "tool-2"), { recursive: true });
  await cp(`${folder}.seal`, join(root, "tool-2.seal"));
  expect((await newProcess()).lookup("tool-2")).toBeUndefined();
});

test("what a run without the key has made is not used by one that has it", async () => {
  vi.stubEnv("KPAAS_CACHE_KEY", "");
  const folder = await made();
  expect(existsSync(`${folder}.seal`)).toBe(false);
  vi.stubEnv("KPAAS_CACHE_KEY", "key-of-this-pipeline");
  expect((await newProcess()).lookup("tool-1")).toBeUndefined();
});

test("of a folder that Pulumi fills only what a run with the key has left stays", async () => {
  const plugins = join(root, "pulumi-plugins");
  const put = async (name: string, program = "the plugin") => {
    await mkdir(join(plugins, name), { recursive: true });
    await writeFile(join(plugins, name, "pulumi-resource-aws"), program);
  };
  vi.resetModules();
  const run = await import("./cache-seal.ts");
  await put("resource-aws-v7.48.0");
  await put("resource-gcp-v9.37.0");
  await writeFile(join(plugins, "resource-gcp-v9.37.0.partial"), "");
  run.sealAll(plugins);
  await put("resource-planted-v1.0.0");
  vi.resetModules();
  const next = await import("./cache-seal.ts");
  expect(next.removeUnsealed(plugins)).toEqual(["resource-gcp-v9.37.0", "resource-planted-v1.0.0"]);
  await put("resource-aws-v7.48.0", "another plugin");
  vi.resetModules();
  const last = await import("./cache-seal.ts");
  expect(last.removeUnsealed(plugins)).toEqual(["resource-aws-v7.48.0"]);
  vi.stubEnv("KPAAS_CACHE_KEY", "");
  await put("resource-own-v1.0.0");
  expect(last.removeUnsealed(plugins)).toEqual([]);
});
