import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { onMirror, upstreamVersions } from "./pinned.ts";

/** Something that the jump host itself downloads. */
export interface Download {
  url: string;
  sha256: string;
}

/** The digest is the one of upstream's own Homebrew tap (cloudfoundry/homebrew-tap, bosh-cli.rb). */
const cli = {
  version: "7.11.0",
  sha256: "3ad84c3967672070b7f70f91f8da76abcbb604d588787b4f98457338cc9fc8d2",
} as const;

/** Gives the download of the `bosh` command for Linux on x86-64. */
export function boshCli(environment: BoshEnvironment): Download {
  const file = `bosh-cli-${cli.version}-linux-amd64`;
  const upstream = `https://github.com/cloudfoundry/bosh-cli/releases/download/v${cli.version}/${file}`;
  return { url: onMirror(environment, file) ?? upstream, sha256: cli.sha256 };
}

/**
 * Gives upstream's two repositories, packed; the digests of the files in them are known, those of the archives change
 * with GitHub.
 */
export function upstreamArchives(environment: BoshEnvironment): { folder: string; url: string }[] {
  return Object.entries(upstreamVersions).map(([folder, version]) => ({
    folder,
    url:
      onMirror(environment, `${folder}-${version}.tar.gz`) ??
      `https://github.com/cloudfoundry/${folder}/archive/${version}.tar.gz`,
  }));
}
