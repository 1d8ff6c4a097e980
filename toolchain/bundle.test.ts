import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundled, kpaas } from "./bundle.mjs";

const repository = dirname(import.meta.dirname);
let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-bundle-"));
  root = join(folder, "clone");
  mkdirSync(join(root, "a"), { recursive: true });
  mkdirSync(join(root, "b"));
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(repository, "node_modules/yaml"), join(root, "node_modules/yaml"));
  write(
    "a/main.ts",
    'import { word } from "../b/word.ts";\nimport { parse } from "yaml";\nconsole.log(parse(word as string), import.meta.dirname);\n',
  );
  write("b/word.ts", 'export const word: string = "one";\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const program = () => ({ root, entries: ["a/main.ts"], sources: ["a", "b"] });
const run = (bundle: string) =>
  execFileSync(process.execPath, [join(bundle, "a/main.mjs")], { encoding: "utf8" }).trim();

test("a bundle finds its packages, and its neighbours where its source is", async () => {
  expect(run(await bundled(program()))).toBe(`one ${join(root, "a")}`);
});

test("it is made once, and anew after any of its files has changed", async () => {
  const first = await bundled(program());
  expect(await bundled(program())).toBe(first);
  write("b/word.ts", 'export const word: string = "another";\n');
  const second = await bundled(program());
  expect(second).not.toBe(first);
  expect(run(second)).toContain("another");
});

test("of two processes that make it at once both have a whole one", async () => {
  const [one, other] = await Promise.all([bundled(program()), bundled(program())]);
  expect(one).toBe(other);
  expect(run(one)).toContain("one");
  expect(readdirSync(join(root, "node_modules/.cache/kpaas"))).toHaveLength(1);
});

test("bundles of yesterday's sources go, those of late stay", async () => {
  const versions = [];
  for (const text of ["1", "22", "333"]) {
    write("b/word.ts", `export const word: string = "${text}";\n`);
    versions.push(await bundled(program()));
    // The first of all is as old as two days.
    if (text === "1") utimesSync(versions[0] as string, new Date(), new Date(Date.now() - 48 * 3600 * 1000));
  }
  expect(versions.map((each) => existsSync(each))).toEqual([false, true, true]);
});

test("a source outside the folders that are looked at is refused", async () => {
  mkdirSync(join(root, "c"));
  write("c/word.ts", 'export const word: string = "two";\n');
  write("a/main.ts", 'export { word } from "../c/word.ts";\n');
  await expect(bundled(program())).rejects.toThrow("c/word.ts");
});

/** Runs `./kpaas version` of a clone that was changed. */
function versionOf(change: (clone: string) => void) {
  const clone = join(folder, "changed");
  mkdirSync(join(clone, "node_modules"), { recursive: true });
  for (const name of ["cli", "toolchain"]) cpSync(join(repository, name), join(clone, name), { recursive: true });
  for (const name of kpaas.sources.filter((each) => !existsSync(join(clone, each))))
    symlinkSync(join(repository, name), join(clone, name));
  for (const name of readdirSync(join(repository, "node_modules")).filter((each) => !each.startsWith(".")))
    symlinkSync(join(repository, "node_modules", name), join(clone, "node_modules", name));
  change(clone);
  return spawnSync(process.execPath, [join(clone, "cli/start.mjs"), "version"], { encoding: "utf8" });
}

test("where it cannot be written it is said who makes it", () => {
  const { status, stderr } = versionOf((clone) => writeFileSync(join(clone, "node_modules/.cache"), ""));
  expect(stderr).toMatch(
    /^error: kpaas cannot be made ready to run: .*\nnext: \.\/kpaas version {3}\(once, as whoever may write to /,
  );
  expect(status).toBe(2);
});

test("a source that does not compile is named, with its line", () => {
  const { status, stderr } = versionOf((clone) => writeFileSync(join(clone, "cli/main.ts"), "\nconst = 1;\n"));
  expect(stderr).toMatch(
    /^error: kpaas cannot be made ready to run: .*cli\/main.ts:2:6: ERROR: .*\nnext: git status /s,
  );
  expect(status).toBe(2);
});

/** Gives what is read of a compiler and of npm's package trees, before and after somebody asks for a compiler. */
function readCompilers(env: Record<string, string>): string[] {
  const script = `
    import { createRequire } from "node:module";
    import { load } from "./toolchain/bundle.mjs";
    process.argv = ["node", "kpaas", "version"];
    process.exit = () => {};
    await load("cli/main.ts");
    const { runtime } = await import("@pulumi/pulumi");
    const read = (name) => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(name));
    console.log(read("node_modules/typescript/lib"), read("node_modules/@npmcli/arborist/lib/arborist"));
    const { text } = await runtime.serializeFunction(() => 1 + 1);
    console.log(text.includes("1 + 1"), read("node_modules/typescript/lib"));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: repository,
    env: { ...process.env, KPAAS_PLAIN_ENGINE: "", ...env },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return stdout.trim().split("\n").slice(1);
}

test("deferred-compilers: neither a compiler nor npm's package trees are read before somebody asks for them", () => {
  expect(readCompilers({})).toEqual(["false false", "true true"]);
});

test("deferred-compilers: the plain engine's runtime reads them as it starts", () => {
  expect(readCompilers({ KPAAS_PLAIN_ENGINE: "1" })).toEqual(["true true", "true true"]);
});
