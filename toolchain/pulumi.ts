import { existsSync } from "node:fs";
import { access, constants, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import semver from "semver";
import { pulumiDigests } from "../config/digests.ts";
import { oldestPulumi, versions } from "../config/versions.ts";
import { repository } from "../lib/repository.ts";
import { type Report, run } from "../lib/run.ts";
import { quoted } from "../lib/shell.ts";
import { cached, cacheKey } from "./cache.ts";
import { download } from "./download.ts";
import { buildGo, type GoPrograms, goRecipe } from "./go-build.ts";
import { hostPlatform, type Platform, platformName } from "./platform.ts";
import { fromFirstSource, isCached, type Source } from "./sources.ts";

export interface PulumiInstallation {
  /** Holds `bin/pulumi`: what the Automation API's `PulumiCommand.get` takes as `root`. */
  root: string;
  version: string;
  /** `go`: built here, without language hosts; policy packs in TypeScript work, programs must be inline. */
  source: "PATH" | "release" | "go";
}

/**
 * Gives the Pulumi CLI: the user's own where it is new enough, else the official release, else built from Go modules.
 * Throws UserError.
 */
export async function pulumiCommand(report: Report): Promise<PulumiInstallation> {
  const installed = await findOnPath();
  if (installed) return { root: await rootOf(installed.file, report), version: installed.version, source: "PATH" };
  const platform = hostPlatform();
  const { directory, source } = await fromFirstSource([releaseSource(platform), await goSource(platform)], report);
  const root = source === "go" ? await withPolicyHost(directory, report) : directory;
  return { root, version: versions.pulumi, source };
}

/** Gives a folder of the cache with the pinned Pulumi CLI, whatever is on PATH: what a bundle brings. Throws UserError. */
export async function pinnedPulumi(report: Report): Promise<string> {
  const platform = hostPlatform();
  return (await fromFirstSource([releaseSource(platform), await goSource(platform)], report)).directory;
}

/** Tells whether the Pulumi CLI is here, on PATH or cached. One that is too old is taken for it: to ask it takes a while. */
export async function pulumiIsHere(): Promise<boolean> {
  const onPath = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "pulumi")));
  const platform = hostPlatform();
  return onPath || isCached([releaseSource(platform), await goSource(platform)]);
}

/**
 * Gives a folder with an old `pulumi-language-nodejs`, for plain `pulumi` where the official CLI cannot be had. It is
 * not for PATH in general: it ignores `runtime.options`, and where the Pulumi engine finds it policy packs no longer
 * start. Throws UserError.
 */
export async function nodejsLanguageHost(report: Report): Promise<string> {
  const name = "pulumi-language-nodejs";
  const platform = hostPlatform();
  const programs: GoPrograms = {
    module: name,
    label: `Pulumi's nodejs language host ${versions.pulumiLanguageNodejs}`,
    packages: { [name]: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
    platform,
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumiLanguageNodejs}` },
  };
  const key = cacheKey({
    name,
    version: versions.pulumiLanguageNodejs,
    platform: platformName(platform),
    recipe: await goRecipe(programs),
  });
  return cached(key, (directory) => buildGo(programs, directory, report), report);
}

/** Tells whether what `pulumi version` prints is a version that is used as it is. */
export function isNewEnough(printed: string): boolean {
  const version = semver.parse(printed.trim());
  return version !== null && semver.gte(version, oldestPulumi);
}

async function findOnPath(): Promise<{ file: string; version: string } | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, "pulumi");
    try {
      await access(file, constants.X_OK);
      const printed = (await run(file, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } })).trim();
      return isNewEnough(printed) ? { file, version: printed.replace(/^v/, "") } : undefined;
    } catch {
      // Not here, or not a working one: the next folder may have it.
    }
  }
  return undefined;
}

/** Gives a folder whose `bin/pulumi` is `file`: its own where it lies in a `bin`. */
async function rootOf(file: string, report: Report): Promise<string> {
  const folder = dirname(file);
  if (basename(folder) === "bin") return dirname(folder);
  const key = cacheKey({ name: "pulumi-link", version: "path", platform: "any", recipe: [file] });
  return cached(
    key,
    async (directory) => {
      await mkdir(join(directory, "bin"), { recursive: true });
      await symlink(file, join(directory, "bin", "pulumi"));
    },
    report,
  );
}

function releaseSource(platform: Platform): Source<"release"> {
  const version = versions.pulumi;
  const kind = `${platform.os}-${platform.arch === "amd64" ? "x64" : platform.arch}`;
  const archive = `pulumi-v${version}-${kind}.tar.gz`;
  const sha256 = pulumiDigests[version]?.[kind];
  if (!sha256) throw new Error(`config/digests.ts has no digest of ${archive}`);
  const url = `https://get.pulumi.com/releases/sdk/${archive}`;
  return {
    name: "release",
    key: cacheKey({ name: "pulumi-release", version, platform: platformName(platform), recipe: [url, sha256] }),
    build: async (directory, report) => {
      const file = join(directory, archive);
      await download({ url, file, sha256, label: `Pulumi ${version}` }, report);
      await unpackRelease(file, directory);
      await rm(file);
    },
  };
}

/**
 * Unpacks a release. Releases hold `pulumi/<program>`, on some platforms and versions `pulumi/bin/<program>`: either
 * becomes `bin/<program>`.
 */
export async function unpackRelease(archive: string, directory: string): Promise<void> {
  const unpacked = join(directory, ".unpacked");
  await mkdir(unpacked);
  await run("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"]);
  const nested = join(unpacked, "bin");
  await rename(existsSync(join(nested, "pulumi")) ? nested : unpacked, join(directory, "bin"));
  await rm(unpacked, { recursive: true, force: true });
}

async function goSource(platform: Platform): Promise<Source<"go">> {
  const programs: GoPrograms = {
    module: "pulumi",
    label: `Pulumi ${versions.pulumi}`,
    packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    platform,
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
  };
  return {
    name: "go",
    key: cacheKey({
      name: "pulumi-go",
      version: versions.pulumi,
      platform: platformName(platform),
      recipe: await goRecipe(programs),
    }),
    build: (directory, report) => buildGo(programs, directory, report),
  };
}

/**
 * Puts the built CLI beside an executable that starts policy packs. The latter names this repository's packages, so
 * each clone has its own small folder around the one big program.
 */
function withPolicyHost(built: string, report: Report): Promise<string> {
  const script = policyHostScript(repository);
  const key = cacheKey({ name: "pulumi-root", version: versions.pulumi, platform: "any", recipe: [built, script] });
  return cached(
    key,
    async (directory) => {
      const bin = join(directory, "bin");
      await mkdir(bin, { recursive: true });
      await symlink(join(built, "pulumi"), join(bin, "pulumi"));
      await writeFile(join(bin, "pulumi-analyzer-policy-nodejs"), script, { mode: 0o755 });
    },
    report,
  );
}

/** Gives the script that runs the pack itself: Pulumi's own host reads a compiler first, for packs in TypeScript. */
export function policyHostScript(repository: string): string {
  return `#!/bin/sh\nexec node ${quoted(join(repository, "policy-pack", "pack.cjs"))} "$@"\n`;
}
