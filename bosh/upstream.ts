import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** A release as a manifest names it. */
export interface Release {
  name: string;
  version: string;
  url: string;
  /** SHA-1, or SHA-256 with `sha256:` before it, as BOSH writes both. */
  sha1: string;
}

/** Facts that a manifest or ops file of upstream brings, or takes away from those before it. */
export interface UpstreamFile {
  sha256: string;
  releases: Release[];
  removedReleases: string[];
  certificates: { name: string; isCa: boolean }[];
  removedVariables: string[];
  /** The director's own, in a CPI's ops file. */
  stemcell?: { url: string; sha1: string };
}

interface Variable {
  name: string;
  type: string;
  options?: { is_ca?: boolean };
}

interface Operation {
  type: string;
  path: string;
  value?: unknown;
}

/** Reads the facts of one file: of a manifest or runtime config, or of a list of operations. */
export function upstreamFacts(text: string): UpstreamFile {
  const content: { releases?: Release[]; variables?: Variable[] } | Operation[] = parse(text, {
    merge: true,
    maxAliasCount: -1,
  });
  const operations = Array.isArray(content) ? content : [];
  const replaced = (path: RegExp) =>
    operations.filter(({ type, path: of }) => type === "replace" && path.test(of)).map(({ value }) => value);
  const removed = (path: RegExp) =>
    operations.flatMap(({ type, path: of }) => (type === "remove" ? (path.exec(of)?.[1] ?? []) : []));
  const { releases = [], variables = [] } = Array.isArray(content) ? {} : content;
  const allReleases = [...releases, ...(replaced(/^\/releases\/(-|name=[^/]+)$/) as Release[])];
  const certificates = [...variables, ...(replaced(/^\/variables\/-$/) as Variable[])]
    .filter(({ type }) => type === "certificate")
    .map(({ name, options }) => ({ name, isCa: options?.is_ca === true }));
  return {
    sha256: createHash("sha256").update(text).digest("hex"),
    releases: allReleases.map(({ name, version, url, sha1 }) => ({ name, version: String(version), url, sha1 })),
    removedReleases: removed(/^\/releases\/name=([^/]+)$/),
    certificates,
    removedVariables: removed(/^\/variables\/name=([^/?]+)\??$/),
    ...stemcellOf(replaced(/\/stemcell\?$/)),
  };
}

function stemcellOf([value]: unknown[]): Pick<UpstreamFile, "stemcell"> {
  return value ? { stemcell: value as UpstreamFile["stemcell"] } : {};
}

/** Reads the facts of every file below a folder that holds `cf-deployment` and `bosh-deployment`. */
export function readUpstream(folder: string): Record<string, UpstreamFile> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\/.+\.yml$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [name, upstreamFacts(readFileSync(join(folder, name), "utf8"))] as const),
  );
}

/** `npx tsx bosh/upstream.ts tests/bosh/upstream > bosh/upstream.json` */
if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(readUpstream(process.argv[2] ?? "tests/bosh/upstream"), undefined, 2));
