import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./repository.ts";

interface PackageFile {
  version: string;
  repository: { url: string };
  bugs: { url: string };
}

/** The product's own package.json. */
export const packageFile = (): PackageFile => JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

/** Where the product is cloned from. */
export const cloneUrl = (): string => packageFile().repository.url.replace(/^git\+/, "");
