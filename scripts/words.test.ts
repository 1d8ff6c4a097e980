import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { repository } from "../lib/repository.ts";

/** Lines of tracked sources that match a POSIX regular expression, as `file:line: text`. */
function lines(pattern: string): string[] {
  try {
    const words = ["grep", "-nE", pattern, "--", "*.ts", "*.mjs", "*.js", ":!scripts/words.test.ts"];
    return execFileSync("git", words, { cwd: repository, encoding: "utf8" }).trimEnd().split("\n");
  } catch (error) {
    // git grep ends so where it finds nothing.
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

test("doc comments say subject and verb: none begins with What or Of (docs/glossary.md, CONTRIBUTING.md)", () => {
  expect(lines("/\\*\\*+ (What|Of) ")).toEqual([]);
});
