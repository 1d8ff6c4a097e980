import { posix } from "node:path";
import { type Operation, replace } from "../config/application-platform/ops-file.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import upstream from "./upstream.json" with { type: "json" };
import type { Release, UpstreamFile } from "./upstream.ts";

/** A manifest and the ops files that apply to it, in their order, as paths below the folder that holds upstream's two. */
export interface UpstreamFiles {
  manifest: string;
  opsFiles: string[];
  /** The manifest, then the ops files. */
  files: string[];
}

export function upstreamFiles(files: string[]): UpstreamFiles {
  const [manifest = "", ...opsFiles] = files;
  return { manifest, opsFiles, files };
}

/** Image that a director's VMs run, and the operating system they boot. */
export interface Stemcell {
  os: string;
  version: string;
  /** Name as `bosh stemcells` shows it. */
  name: string;
  url: string;
  sha1: string;
}

/** Versions of the repositories that upstream's files come from; the SHA-256 of each file is in upstream.json. */
export const upstreamVersions = { "cf-deployment": "v58.0.0", "bosh-deployment": "c3b2109f" } as const;

const facts: Record<string, UpstreamFile> = upstream;

export const sha256Of = (file: string): string => factsOf(file).sha256;

/** Gives the facts of one of upstream's files. Throws where it is not pinned. */
function factsOf(file: string): UpstreamFile {
  const found = facts[file];
  if (!found) throw new RangeError(`${file} is not in upstream.json`);
  return found;
}

/** Gives the releases of a manifest after its ops files. */
export function releasesOf(files: readonly string[]): Release[] {
  const releases = new Map<string, Release>();
  for (const file of files) {
    const { releases: added, removedReleases } = factsOf(file);
    for (const name of removedReleases) releases.delete(name);
    for (const release of added) releases.set(release.name, release);
  }
  return [...releases.values()];
}

/** Gives the certificates that BOSH or CredHub makes for a manifest after its ops files. */
export function certificatesOf(files: readonly string[]): { name: string; isCa: boolean }[] {
  const removed = new Set(files.flatMap((file) => factsOf(file).removedVariables));
  return files.flatMap((file) => factsOf(file).certificates).filter(({ name }) => !removed.has(name));
}

/** Gives the stemcell of the director's manifest after its ops files; they name its hypervisor, version and operating system. */
export function stemcellOf(files: readonly string[]): Stemcell {
  const pinned = files.flatMap((file) => factsOf(file).stemcell ?? [])[0];
  const parts = /bosh-stemcell-([\d.]+)-(.+?)-(ubuntu-[a-z]+)\.tgz$/.exec(pinned?.url ?? "");
  if (!pinned || !parts) throw new RangeError(`no stemcell in ${files.join(", ")}`);
  const [, version = "", hypervisor, os = ""] = parts;
  return { ...pinned, os, version, name: `bosh-${hypervisor}-${os}` };
}

/** Gives an artifact's address on the mirror; its own where there is no mirror. */
export function mirrored(
  environment: BoshEnvironment,
  artifact: { name: string; version: string; url: string },
): string {
  return onMirror(environment, fileOf(artifact)) ?? artifact.url;
}

/** Gives the address of a file on the mirror; undefined where there is none. */
export function onMirror({ applicationPlatform }: BoshEnvironment, file: string): string | undefined {
  const { mirrorBaseUrl } = applicationPlatform;
  return mirrorBaseUrl && `${mirrorBaseUrl.replace(/\/$/, "")}/${file}`;
}

/** Gives the operations that make a manifest take its releases from the mirror; none without one. */
export function mirrorOperations(environment: BoshEnvironment, files: readonly string[]): Operation[] {
  if (!environment.applicationPlatform.mirrorBaseUrl) return [];
  return releasesOf(files).map((release) =>
    replace(`/releases/name=${release.name}/url`, mirrored(environment, release)),
  );
}

/**
 * Gives a file's name on a mirror. Stemcells and compiled releases have a file's name in their address, others an
 * address of bosh.io without one.
 */
export function fileOf({ name, version, url }: { name: string; version: string; url: string }): string {
  return /\.tgz$/.test(url) ? posix.basename(url) : `${name}-${version}.tgz`;
}
