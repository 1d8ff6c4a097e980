import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../lib/repository.ts";

const pages = ["", "docs", "docs/decisions", "docs/recipes"].flatMap((folder) => {
  const path = join(repository, folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((file) => file.endsWith(".md"))
        .map((file) => join(path, file))
    : [];
});

/** Links to files and folders of the repository, without code and without what follows a `#`. */
function localLinks(page: string): string[] {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.split("#")[0] ?? "")
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

test.each(pages.map((page) => relative(repository, page)))("every link of %s leads to what is there", (page) => {
  const path = join(repository, page);
  const broken = localLinks(path).filter((target) => !existsSync(join(dirname(path), target)));
  expect(broken).toEqual([]);
});
