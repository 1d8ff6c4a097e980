import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { repository } from "../lib/repository.ts";
import { projectSettings } from "./engine/workspace.ts";

const header = "# Written by ./kpaas env, with paths of this machine; not to be committed.\n";

/**
 * Writes the Pulumi.yaml with which plain Pulumi runs the clone's program on the environment files of `folder`. One of the
 * user's own stays; then nothing is written, and it gives false.
 */
export function writePlainProject(folder: string): boolean {
  const path = join(folder, "Pulumi.yaml");
  if (existsSync(path) && !readFileSync(path, "utf8").startsWith(header)) return false;
  const { main } = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8"));
  writeFileSync(path, header + stringify({ ...projectSettings(), main: join(repository, main) }));
  return true;
}
