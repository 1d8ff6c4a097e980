import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changesPage } from "../../report/changes-page.ts";
import { editsOnClouds } from "../../scripts/edits-on-clouds.ts";

test("docs/changes.md is what the functions tell: npm run changes", () => {
  expect(readFileSync(new URL("../../docs/changes.md", import.meta.url), "utf8")).toBe(changesPage(editsOnClouds()));
});
