import { existsSync, readFileSync } from "node:fs";
import { access, constants, mkdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { repository } from "../../lib/repository.ts";
import { CommandFailed, type Report, run } from "../../lib/run.ts";
import manifest from "../../package.json" with { type: "json" };
import { addFolder } from "./cache-entries.ts";
import type { BundleWriter } from "./writer.ts";

/** A provider's program that the Pulumi engine starts. */
export interface Plugin {
  name: string;
  version: string;
}

/** Gives the plugin that an npm package of a cloud's SDK goes with. */
export function pluginOf(npmPackage: string): Plugin {
  const versions: Record<string, string> = { ...manifest.dependencies, ...manifest.peerDependencies };
  const version = versions[npmPackage];
  if (version === undefined) throw new Error(`${npmPackage} is not among the packages of package.json`);
  const file = join(repository, "node_modules", npmPackage, "package.json");
  const { pulumi }: { pulumi?: { name?: string } } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return { name: pulumi?.name ?? npmPackage.replace("@pulumi/", ""), version };
}

/**
 * Adds a plugin: the one that is installed, else the one on PATH, else what the engine fetches now. `folder`: where the engine has its
 * plugins. `pulumi`: its program. Throws UserError.
 */
export async function addPlugin(
  writer: BundleWriter,
  plugin: Plugin,
  { folder, pulumi }: { folder: string; pulumi: string },
  report: Report,
): Promise<void> {
  const { name, version } = plugin;
  const key = `resource-${name}-v${version}`;
  const entry = { kind: "plugin", key, version, licence: "Apache-2.0" } as const;
  if (existsSync(join(folder, key))) return addFolder(writer, join(folder, key), entry);
  const program = `pulumi-resource-${name}`;
  const onPath = await findOnPath(program);
  if (onPath) {
    report(`taking ${program} from PATH: ${onPath}`);
    await writer.addFile({ ...entry, path: program }, onPath);
    return;
  }
  const home = join(await writer.draftFolder(), "pulumi-home");
  await mkdir(home, { recursive: true });
  report(`fetching Pulumi's plugin ${name} ${version}`);
  try {
    await run(pulumi, ["plugin", "install", "resource", name, `v${version}`], {
      env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `Pulumi's plugin ${name} ${version} is neither in ${folder}, nor on PATH, nor can it be fetched: ${error.message}`,
      `install it where it can be had: pulumi plugin install resource ${name} v${version}`,
    );
  }
  await addFolder(writer, join(home, "plugins", key), entry);
  await rm(home, { recursive: true });
}

async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, program);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}
