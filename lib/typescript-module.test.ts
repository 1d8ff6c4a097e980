import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "./errors.ts";
import { loadTypeScript } from "./typescript-module.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-typescript-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const load = (text: string) => loadTypeScript(write("main.ts", text));

test("a file may import files beside it, and this clone's packages", async () => {
  write("word.ts", 'export const word: string = "a: one";');
  const { exports } = await load(
    'import { word } from "./word";\nimport { parse } from "yaml";\nexport default parse(word);',
  );
  expect(exports.default).toEqual({ a: "one" });
});

test("what is imported for its types alone need not be there", async () => {
  const { exports } = await load('import { Args } from "no-such-package";\nexport default (args: Args) => args;');
  expect(exports.default).toBeTypeOf("function");
});

test("its code, written elsewhere, is the same module", async () => {
  write("word.ts", "export const word = 1;");
  const { code } = await load('export { word as default } from "./word.ts";');
  const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
  writeFileSync(join(elsewhere, "copy.ts"), code);
  const { exports } = await loadTypeScript(join(elsewhere, "copy.ts"));
  expect(exports.default).toBe(1);
});

test.each([
  ["does not compile", "\nconst = 1;", /main\.ts:2: Expected identifier/],
  [
    "imports what is not there",
    '\n\nimport { a } from "./no-such.ts";\nexport default a;',
    /main\.ts:3: Could not resolve/,
  ],
  ["waits as it loads", "\nawait 1;", /main\.ts:2: Top-level await/],
  [
    "imports a package that is not there",
    'import a from "no-such-package";\nexport default a;',
    /main\.ts.*no-such-package/,
  ],
  ["fails as it loads", "interface A {\n  a: string;\n}\n\nnull.a;", /main\.ts:5: Cannot read properties of null/],
  ["throws no error", "throw 'a word';", /main\.ts: a word$/],
])("a file that %s is named, with the line", async (_what, text, message) => {
  const error = await load(text).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message.startsWith(folder)).toBe(true);
  expect((error as UserError).message).toMatch(message);
});

test("what a function of it throws comes from its line there, in whichever file that is", async () => {
  write("inner.ts", "interface A {\n  a: string;\n}\n\nexport const inner = (value: A | undefined) => value!.a;");
  const { exports, origin } = await load(
    'import { inner } from "./inner.ts";\n\nexport default () => inner(undefined);',
  );
  try {
    (exports.default as () => void)();
    expect.unreachable();
  } catch (error) {
    expect(origin(error)).toBe(`${join(folder, "inner.ts")}:5`);
  }
  expect(origin(new Error("from elsewhere"))).toBe(join(folder, "main.ts"));
});
