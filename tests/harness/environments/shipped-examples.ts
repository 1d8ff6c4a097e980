import "../../../stacks/infrastructures.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Environment } from "../../../config/environment.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import { repository } from "../../../lib/repository.ts";

const folder = join(repository, "stacks");

/** Names of the environment files that the repository comes with. */
export const exampleNames = readdirSync(folder).flatMap((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1] ?? []);

/** Reads what stands under `kpaas:environment` in an example's file. */
export function exampleSettings(name: string) {
  return parse(readFileSync(join(folder, `Pulumi.${name}.yaml`), "utf8")).config["kpaas:environment"];
}

export const example = (name: string): Environment => parseEnvironment(name, exampleSettings(name));
