import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./repository.ts";

interface PackageFile {
  version: string;
  repository: { url: string };
  bugs: { url: string };
}

/** Reads the product's own package.json. */
export const packageFile = (): PackageFile => JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

/** Gives the address that the product is cloned from. */
export const cloneUrl = (): string => packageFile().repository.url.replace(/^git\+/, "");
