import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bugAddress, bugReport } from "./bug-report.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-bugs-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a bug is reported at the address of package.json", () => {
  expect(bugAddress()).toMatch(/^https:\/\//);
  expect(bugReport("https://example.com/issues")).toMatch(/^report it at https:\/\/example\.com\/issues, with /);
});

test.each([
  ["no address", "{}"],
  ["no JSON", "<<<<<<<"],
])("a package.json with %s leaves the rest of the advice", (_title, text) => {
  const file = join(folder, "package.json");
  writeFileSync(file, text);
  expect(bugReport(bugAddress(file))).toBe(
    "report it to whoever gave you this copy of kpaas, with the lines above and the output of: ./kpaas version && ./kpaas doctor",
  );
});
