import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { directorFiles } from "./director.ts";
import { boshCli, upstreamArchives } from "./downloads.ts";
import { cfFiles } from "./ops.ts";
import { fileOf, mirrored, releasesOf, stemcellOf } from "./pinned.ts";
import { runtimeConfigFile } from "./runtime-config.ts";

/** Something that BOSH downloads: a mirror must have it under `file`. */
export interface Artifact {
  kind: "release" | "stemcell";
  name: string;
  version: string;
  /** Upstream's address. */
  url: string;
  /** SHA-1, or SHA-256 with `sha256:` before it. */
  sha1: string;
  /** Its name on a mirror. */
  file: string;
}

/** Lists everything that BOSH downloads for an environment, each once: what a mirror must hold. */
export function artifacts(environment: BoshEnvironment): Artifact[] {
  const director = directorFiles(environment);
  const cf = cfFiles(environment);
  const releases = [director.files, [runtimeConfigFile], cf.files].flatMap(releasesOf);
  const { os: _, ...stemcell } = stemcellOf(director.files);
  const all: Omit<Artifact, "file">[] = [
    ...releases.map((release) => ({ kind: "release" as const, ...release })),
    { kind: "stemcell", ...stemcell },
  ];
  const withFiles = all.map((artifact): Artifact => ({ ...artifact, file: fileOf(artifact) }));
  return [...new Map(withFiles.map((artifact) => [artifact.file, artifact])).values()];
}

/** Gives one address of each host that the jump host or BOSH downloads from, as it is asked: upstream's or the mirror's. */
export function oneAddressPerHost(environment: BoshEnvironment): string[] {
  const all = [
    boshCli(environment).url,
    ...upstreamArchives(environment).map(({ url }) => url),
    ...artifacts(environment).map((artifact) => mirrored(environment, artifact)),
  ];
  return [...new Map(all.map((url) => [new URL(url).host, url])).values()];
}
