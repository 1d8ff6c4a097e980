import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cacheDir, cached, cacheKey, lookup } from "./cache.ts";

const quiet = () => undefined;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-cache-"));
  vi.stubEnv("KPAAS_CACHE_DIR", root);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

/** Another process that asks for the key; its build notes itself, says so, and ends when the file `go` is there. */
function builder(key: string) {
  const program = `
    import { appendFileSync, existsSync, writeFileSync } from "node:fs";
    import { cached } from ${JSON.stringify(join(import.meta.dirname, "cache.ts"))};
    const directory = await cached(${JSON.stringify(key)}, async (directory) => {
      appendFileSync(process.env.ROOT + "/builds", "x");
      writeFileSync(directory + "/first", "half");
      console.log("building");
      while (!existsSync(process.env.ROOT + "/go")) await new Promise((resolve) => setTimeout(resolve, 20));
      writeFileSync(directory + "/second", "whole");
    }, () => console.log("waiting"));
    console.log("at " + directory);
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    env: { ...process.env, ROOT: root },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const says = (word: string) => vi.waitFor(() => expect(output).toContain(word), { timeout: 20_000, interval: 20 });
  return { child, says, closed: once(child, "close") };
}

const claims = () => readdir(join(root, ".building"));

test("of several processes one builds and all get the whole folder", { timeout: 30_000 }, async () => {
  const builders = [builder("tool"), builder("tool"), builder("tool")];
  await vi.waitFor(async () => expect(await readFile(join(root, "builds"), "utf8")).toBe("x"), { timeout: 20_000 });
  await Promise.all(builders.map(({ says }) => says("ing")));
  expect(lookup("tool")).toBeUndefined();
  await writeFile(join(root, "go"), "");
  for (const { says, closed } of builders) {
    await says(`at ${join(root, "tool")}`);
    expect(await closed).toEqual([0, null]);
  }
  expect(await readFile(join(root, "builds"), "utf8")).toBe("x");
  expect((await readdir(join(root, "tool"))).sort()).toEqual(["first", "second"]);
  expect(await claims()).toEqual([]);
});

test("a builder that was killed leaves no folder, and the one that waited for it builds", {
  timeout: 30_000,
}, async () => {
  const dying = builder("tool");
  await dying.says("building");
  const waiting = builder("tool");
  await waiting.says("waiting");
  dying.child.kill("SIGKILL");
  await dying.closed;
  expect(lookup("tool")).toBeUndefined();
  await writeFile(join(root, "go"), "");
  await waiting.says("at ");
  expect((await readdir(join(root, "tool"))).sort()).toEqual(["first", "second"]);
  expect(await claims()).toEqual([]);
});

test("a claim of an earlier process with a living process's number does not hold anyone up", async () => {
  await mkdir(join(root, ".building", `tool~${process.pid}~1~0badf00d`), { recursive: true });
  const report = vi.fn();
  await cached("tool", (directory) => writeFile(join(directory, "file"), ""), report);
  expect(report).not.toHaveBeenCalled();
  expect(await claims()).toEqual([]);
});

test("a failed build leaves nothing and the next try builds", async () => {
  const broken = async (directory: string) => {
    await writeFile(join(directory, "half"), "");
    throw new Error("no luck");
  };
  await expect(cached("tool", broken, quiet)).rejects.toThrow("no luck");
  expect(lookup("tool")).toBeUndefined();
  expect(await claims()).toEqual([]);
  const directory = await cached("tool", (folder) => writeFile(join(folder, "whole"), ""), quiet);
  expect(await readdir(directory)).toEqual(["whole"]);
});

test("two callers in one process share one build, and a later caller finds it", async () => {
  const build = vi.fn((directory: string) => writeFile(join(directory, "file"), ""));
  const both = await Promise.all([cached("tool", build, quiet), cached("tool", build, quiet)]);
  expect(both).toEqual([join(root, "tool"), join(root, "tool")]);
  await cached("tool", build, quiet);
  expect(build).toHaveBeenCalledOnce();
});

test("a cache that was deleted is filled again", async () => {
  const build = (directory: string) => writeFile(join(directory, "file"), "");
  await cached("tool", build, quiet);
  await rm(root, { recursive: true });
  expect(existsSync(join(await cached("tool", build, quiet), "file"))).toBe(true);
});

test("the key changes with each of its parts", () => {
  const parts = { name: "a", version: "1", platform: "linux-amd64", recipe: ["x", "y"] };
  const keys = [
    parts,
    { ...parts, name: "b" },
    { ...parts, version: "2" },
    { ...parts, platform: "linux-arm64" },
    { ...parts, recipe: ["xy"] },
    { ...parts, recipe: ["y", "x"] },
  ].map(cacheKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(cacheKey({ ...parts })).toBe(keys[0]);
});

test("the cache is where the user says, else where the desktop says, else in the home folder", () => {
  expect(cacheDir()).toBe(root);
  vi.stubEnv("KPAAS_CACHE_DIR", "");
  vi.stubEnv("XDG_CACHE_HOME", "/xdg");
  expect(cacheDir()).toBe("/xdg/kpaas");
  vi.stubEnv("XDG_CACHE_HOME", "");
  vi.stubEnv("HOME", "/home/someone");
  expect(cacheDir()).toBe("/home/someone/.cache/kpaas");
});
