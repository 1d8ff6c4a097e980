import { rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { repository } from "../../lib/repository.ts";
import { CommandFailed, run } from "../../lib/run.ts";
import type { BundleWriter } from "./writer.ts";

/**
 * Adds the installer itself, as its clone has it in git: another one would look for other versions than the bundle has. Only files that
 * git knows are taken, so no environment of the user's own. Throws UserError.
 */
export async function addInstaller(writer: BundleWriter, version: string): Promise<void> {
  const path = `kpaas-${version}.tar.gz`;
  const file = join(await writer.draftFolder(), path);
  const script = [
    'git -C "$1" ls-files -z >"$3"',
    // The same clone gives the same bytes.
    `tar --create --directory="$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --transform="s,^,kpaas/,S" \\
      --null --files-from="$3" | gzip --no-name >"$2"`,
  ].join("\n");
  try {
    await run("bash", ["-euo", "pipefail", "-c", script, "bash", repository, file, `${file}.list`]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `the installer's own sources could not be packed: ${error.message}`,
      `make the bundle in a clone, with git installed; ${repository} is to be one`,
    );
  }
  await writer.addFile({ kind: "installer", path, version, licence: "Apache-2.0" }, file);
  for (const one of [file, `${file}.list`]) await rm(one);
}
