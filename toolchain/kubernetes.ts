import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { kubernetesDigest } from "../config/digests.ts";
import { buildableKubernetesVersions } from "../config/versions.ts";
import { UserError } from "../lib/errors.ts";
import type { Report } from "../lib/run.ts";
import { cacheKey, lookup } from "./cache.ts";
import { download, fetchChecksum, SourceUnavailable } from "./download.ts";
import { buildGo, type GoPrograms, goRecipe } from "./go-build.ts";
import { hostPlatform, machinePlatform, type Platform, platformName } from "./platform.ts";
import { fromFirstSource, isCached, type Source } from "./sources.ts";

export const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kubeadm",
  "kube-proxy",
  "kubectl",
] as const;

export type KubernetesSource = "release" | "go";

/**
 * Gives a folder with all of `kubernetesPrograms` for the machines: the official release, else built from Go modules.
 * Throws UserError.
 */
export async function kubernetesBinaries(
  version: string,
  report: Report,
): Promise<{ dir: string; source: KubernetesSource }> {
  return get("kubernetes", kubernetesPrograms, version, machinePlatform(), report);
}

/** Tells whether the machines' programs of a version are cached. */
export async function kubernetesIsHere(version: string): Promise<boolean> {
  return isCached(await sourcesOf("kubernetes", kubernetesPrograms, version, machinePlatform()));
}

/** Gives the path of a `kubectl` that runs here; the machines' own where that does. Throws UserError. */
export async function kubectl(version: string, report: Report): Promise<string> {
  const platform = hostPlatform();
  const all = await sourcesOf("kubernetes", kubernetesPrograms, version, platform);
  const there = all.map(({ key }) => lookup(key)).find((directory) => directory !== undefined);
  const directory = there ?? (await get("kubectl", ["kubectl"], version, platform, report)).dir;
  return join(directory, "kubectl");
}

async function get(
  name: string,
  programs: readonly string[],
  version: string,
  platform: Platform,
  report: Report,
): Promise<{ dir: string; source: KubernetesSource }> {
  try {
    const { directory, source } = await fromFirstSource(await sourcesOf(name, programs, version, platform), report);
    return { dir: directory, source };
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    const buildable = buildableKubernetesVersions.join(", ");
    throw new UserError(
      `Kubernetes ${version} cannot be had: ${error.message}. Without dl.k8s.io only these can be built: ${buildable}`,
      `set kubernetesVersion to one of ${buildable}, or allow access to dl.k8s.io`,
    );
  }
}

async function sourcesOf(
  name: string,
  programs: readonly string[],
  version: string,
  platform: Platform,
): Promise<Source<KubernetesSource>[]> {
  const key = (source: KubernetesSource, recipe: readonly string[]) =>
    cacheKey({ name: `${name}-${source}`, version, platform: platformName(platform), recipe });
  const release: Source<KubernetesSource> = {
    name: "release",
    key: key("release", programs),
    build: (directory, report) => downloadRelease(programs, version, platform, directory, report),
  };
  // A module pins one version and all that it needs, checksums and all: a version without a module cannot be built.
  if (!buildableKubernetesVersions.includes(version)) return [release];
  const go = goPrograms(version, programs, platform);
  return [
    release,
    {
      name: "go",
      key: key("go", await goRecipe(go)),
      build: (directory, report) => buildGo(go, directory, report),
    },
  ];
}

async function downloadRelease(
  programs: readonly string[],
  version: string,
  platform: Platform,
  directory: string,
  report: Report,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [index, program] of programs.entries()) {
    const url = `https://dl.k8s.io/v${version}/bin/${platform.os}/${platform.arch}/${program}`;
    const file = join(directory, program);
    const label = `${program} ${version} (${index + 1} of ${programs.length})`;
    // Of the others, which only `local` runs, the table has none.
    const pinned = platform.os === "linux" ? kubernetesDigest(version, platform.arch, program) : undefined;
    await download({ url, file, sha256: pinned ?? (await fetchChecksum(`${url}.sha256`)), label }, report);
    await chmod(file, 0o755);
  }
}

function goPrograms(version: string, programs: readonly string[], platform: Platform): GoPrograms {
  const [major = "", minor = ""] = version.split(".");
  const variable = (name: string) => `k8s.io/component-base/version.${name}`;
  return {
    module: `kubernetes/${version}`,
    label: `Kubernetes ${version}`,
    packages: Object.fromEntries(programs.map((program) => [program, `k8s.io/kubernetes/cmd/${program}`])),
    platform,
    variables: {
      [variable("gitVersion")]: `v${version}`,
      [variable("gitMajor")]: major,
      [variable("gitMinor")]: minor,
    },
  };
}
