import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";
import { projectSettings } from "./engine/workspace.ts";

const header = "# Written by ./kpaas env, with paths of this machine; not to be committed.\n";

/**
 * Writes the Pulumi.yaml with which plain Pulumi runs the clone's program on the environment files of `folder`. Gives its
 * path. Throws UserError where a Pulumi.yaml of somebody else's is there.
 */
export function writePlainProject(folder: string): string {
  const path = join(folder, "Pulumi.yaml");
  if (existsSync(path) && !readFileSync(path, "utf8").startsWith(header))
    throw new UserError(`${path} is not ./kpaas' own, and stays`, "move it away, then run the same command again");
  const { main } = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8"));
  writeFileSync(path, header + stringify({ ...projectSettings(), main: join(repository, main) }));
  return path;
}
