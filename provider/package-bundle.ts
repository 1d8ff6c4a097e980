import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { UserError } from "../lib/errors.ts";
import { type Bundle, blobFile } from "../toolchain/air-gap/format.mjs";
import { readBundleInUse } from "../toolchain/air-gap/in-use.ts";

/** A file of a package repository. */
export interface RepositoryFile {
  /** Path in the repository: `pool/curl_8.14.1-2_amd64.deb`. */
  path: string;
  sha256: string;
  sizeBytes: number;
  /** Path on this machine. */
  file: string;
}

/** The signed repository of machines' packages that a bundle brings. */
export interface BundledPackages {
  folder: string;
  /** Release that its packages are of. */
  suite: string;
  /** Armoured OpenPGP key that signs it. */
  publicKey: string;
  /** Digest over all files: another repository has another. */
  revision: string;
  files: RepositoryFile[];
}

/** Path of the key in the repository. */
const keyPath = "kpaas.asc";
const suitePattern = /^dists\/([^/]+)\/Release$/;

let lastRead: { bundle: Bundle; packages: BundledPackages } | undefined;

/** Reads the packages of the bundle in use; undefined where none is. Throws UserError for a bundle without any. */
export function packagesInUse(): BundledPackages | undefined {
  const bundle = readBundleInUse();
  if (!bundle) return undefined;
  if (lastRead?.bundle !== bundle) lastRead = { bundle, packages: packagesOf(bundle) };
  return lastRead.packages;
}

/** Gives the package repository of a bundle. Throws UserError where it has none. */
export function packagesOf(bundle: Bundle): BundledPackages {
  const files = bundle.manifest.entries
    .filter(({ kind }) => kind === "apt")
    .map((entry) => {
      const { path, sha256 = "", sizeBytes = 0 } = entry;
      return { path, sha256, sizeBytes, file: blobFile(bundle, entry) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const suite = files.map(({ path }) => suitePattern.exec(path)?.[1]).find((name) => name !== undefined);
  const key = files.find(({ path }) => path === keyPath);
  if (suite === undefined || !key)
    throw new UserError(`the bundle ${bundle.folder} has no packages of machines`, "make it again with this kpaas");
  const text = files.map(({ path, sha256 }) => `${sha256} ${path}\n`).join("");
  return {
    ...{ folder: bundle.folder, suite, files },
    publicKey: readFileSync(key.file, "utf8"),
    revision: createHash("sha256").update(text).digest("hex"),
  };
}

/** Gives those packages, by their names, that a repository has not. */
export function packagesMissing({ files }: Pick<BundledPackages, "files">, names: readonly string[]): string[] {
  const there = new Set(files.map(({ path }) => /^pool\/([^_]+)_/.exec(path)?.[1]));
  return names.filter((name) => !there.has(name));
}
