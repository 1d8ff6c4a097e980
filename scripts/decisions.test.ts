import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../lib/repository.ts";

const folder = join(repository, "docs", "decisions");
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const records = readdirSync(folder)
  .filter((file) => file.endsWith(".md") && file !== "README.md")
  .sort();
const index = read("README.md").split("\n");

describe.each(records)("docs/decisions/%s", (file) => {
  test("is in the index by its own title", () => {
    const [heading = ""] = read(file).split("\n");
    expect(index).toContain(`- [${heading.replace(/^# /, "")}](${file})`);
  });

  test("says context, decision and consequences", () => {
    const headings = read(file).match(/^## .+$/gm);
    expect(headings).toEqual(["## Context", "## Decision", "## Consequences"]);
  });

  test("has a number of its own", () => {
    const [number] = file.match(/^\d{4}-/) ?? [];
    expect(number).toBeDefined();
    expect(records.filter((other) => number && other.startsWith(number))).toEqual([file]);
  });
});

test("the index names no record that is not there", () => {
  const named = index.flatMap((line) => /^- \[.+\]\((.+)\)$/.exec(line)?.[1] ?? []);
  expect(named.sort()).toEqual(records);
});
