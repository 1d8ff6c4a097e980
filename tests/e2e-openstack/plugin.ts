import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Report, run } from "../../lib/run.ts";
import manifest from "../../package.json" with { type: "json" };
import { cached, cacheKey } from "../../toolchain/cache.ts";
import { buildGo, type GoPrograms, goRecipe } from "../../toolchain/go-build.ts";
import { hostPlatform, platformName } from "../../toolchain/platform.ts";

const plugin = "pulumi-resource-openstack";
const generator = "pulumi-tfgen-openstack";
const goModule = "kpaas.local/tests/e2e-openstack/plugin";

/** Version of the npm package; the Pulumi engine asks for a plugin of the same one. */
const version = manifest.dependencies["@pulumi/openstack"];

/**
 * Gives the folder of `pulumi-resource-openstack`, to be put on PATH: the official plugin where it is installed, else one built
 * from Go modules that knows only the resources the tests use. Throws UserError.
 */
export async function openstackPlugin(report: Report): Promise<string> {
  return officialPlugin() ?? builtPlugin(report);
}

function officialPlugin(): string | undefined {
  const home = process.env.PULUMI_HOME || join(homedir(), ".pulumi");
  const folder = join(home, "plugins", `resource-openstack-v${version}`);
  return existsSync(join(folder, plugin)) ? folder : undefined;
}

async function builtPlugin(report: Report): Promise<string> {
  const platform = hostPlatform();
  const programs: GoPrograms = {
    module: join(import.meta.dirname, "plugin"),
    label: `Pulumi's OpenStack provider ${version}`,
    packages: { [plugin]: `${goModule}/cmd/${plugin}`, [generator]: `${goModule}/cmd/${generator}` },
    platform,
    variables: { [`${goModule}.Version`]: version },
  };
  const key = cacheKey({ name: plugin, version, platform: platformName(platform), recipe: await goRecipe(programs) });
  return cached(
    key,
    async (directory) => {
      await buildGo(programs, directory, report);
      const program = join(directory, generator);
      await run(program, ["schema", "--out", directory, "--skip-docs", "--skip-examples"]);
      for (const leftover of [program, join(directory, "Pulumi.yaml")]) await rm(leftover, { force: true });
    },
    report,
  );
}
