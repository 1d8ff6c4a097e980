import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platformImages } from "../../../config/images.ts";
import { versions } from "../../../config/versions.ts";
import type { Report } from "../../../lib/run.ts";
import { cached, cacheKey } from "../../../toolchain/cache.ts";
import { buildGo, type GoPrograms, goRecipe } from "../../../toolchain/go-build.ts";
import { machinePlatform, platformName } from "../../../toolchain/platform.ts";
import { addImage } from "../../../toolchain/registry-storage.ts";

const program = "nfs-provisioner";

/**
 * Gives a folder in the registry's storage layout with the one image that clouds need and `local` does not: the provisioner of NFS
 * volumes. What is in it stands in for upstream's program, whose module Go's proxies have not.
 */
export async function nfsProvisionerTree(report: Report): Promise<string> {
  const platform = machinePlatform();
  const programs: GoPrograms = {
    module: join(import.meta.dirname, program),
    label: "the provisioner of NFS volumes",
    packages: { [program]: `kpaas.local/tests/${program}` },
    platform,
  };
  const { nfsProvisioner } = platformImages;
  const recipe = [...(await goRecipe(programs)), JSON.stringify(nfsProvisioner)];
  const key = cacheKey({ name: program, version: versions.nfsProvisioner, platform: platformName(platform), recipe });
  return cached(
    key,
    async (directory) => {
      const built = await mkdtemp(join(tmpdir(), `kpaas-${program}-`));
      try {
        await buildGo(programs, built, report);
        const entry = { path: `/${program}`, from: join(built, program) };
        const { repository, tag } = nfsProvisioner;
        const layers = [[entry]];
        await addImage(directory, { repository, tag, layers, entrypoint: [entry.path], architecture: platform.arch });
      } finally {
        await rm(built, { recursive: true });
      }
    },
    report,
  );
}
