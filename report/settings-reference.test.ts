import "../stacks/infrastructures.ts";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { environmentSchema } from "../config/json-schema.ts";
import { type SettingSchema, settingsReference } from "./settings-reference.ts";

const page = settingsReference(environmentSchema());

test("docs/settings.md is what the schema says: npm run settings", () => {
  expect(readFileSync(new URL("../docs/settings.md", import.meta.url), "utf8")).toBe(page);
});

test("every setting has a row with a meaning", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(150);
  for (const row of rows) {
    const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    expect(cells, row).toHaveLength(7);
    expect(cells[5], row).not.toBe("");
  }
});

test("every infrastructure has a table of its own", () => {
  for (const kind of infrastructureKinds()) expect(page).toContain(`### infrastructure, kind ${kind}\n`);
});

const rowsOf = (properties: Record<string, SettingSchema>, required: string[] = []) =>
  settingsReference({ properties: { group: { properties, required } } })
    .split("\n")
    .filter((line) => line.startsWith("| `group"));

test.each<[string, SettingSchema, string]>([
  ["a range", { type: "integer", minimum: 1, maximum: 7, default: 3 }, "integer | `3` | 1 to 7"],
  ["a choice", { type: "string", enum: ["a", "b"], default: "a" }, "string | `a` | `a`, `b`"],
  [
    "a list without end",
    { type: "array", minItems: 1, items: { format: "cidrv4" } },
    "list of IPv4 range | - | at least 1",
  ],
  ["an empty list", { type: "array", items: { type: "string" }, default: [] }, "list of string | none | "],
  [
    "named things",
    { type: "array", items: { type: "object" }, default: [{ name: "x", n: 1 }] },
    "list of object | `x` | ",
  ],
  [
    "a whole number without end",
    { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    "integer | - | 1 or more",
  ],
  ["a false default", { type: "boolean", default: false }, "boolean | `false` | "],
])("%s", (_, schema, expected) => {
  expect(rowsOf({ one: { ...schema, description: "It." } })).toEqual([`| \`group.one\` | ${expected} | It. |`]);
});

test("what is required says so, and text that looks like Markdown is text", () => {
  expect(rowsOf({ one: { type: "string", description: "a|b of <name>, *.x" } }, ["one"])).toEqual([
    "| `group.one` | string | required |  | a\\|b of &lt;name>, \\*.x |",
  ]);
});

test("settings in lists, maps and variants have paths", () => {
  const leaf: SettingSchema = { properties: { leaf: { type: "string", description: "L." } } };
  const external: SettingSchema = { properties: { kind: { const: "external" }, ...leaf.properties } };
  const text = rowsOf({
    list: { type: "array", items: leaf },
    map: { additionalProperties: leaf },
    union: { oneOf: [external] },
  }).join("\n");
  expect(text).toContain("`group.list[].leaf`");
  expect(text).toContain("`group.map.<name>.leaf`");
  expect(text).toContain("| `group.union.leaf` | string | - |  | Kind external: L. |");
});
