import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Environment } from "../config/environment.ts";
import { parseEnvironment } from "../config/parse.ts";
import type { Resource } from "./resource.ts";

const stacks = join(import.meta.dirname, "..", "stacks");

export const exampleNames = readdirSync(stacks).flatMap((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1] ?? []);

/** What stands under `kpaas:environment` in an example's file. */
export function exampleSettings(name: string): unknown {
  return parse(readFileSync(join(stacks, `Pulumi.${name}.yaml`), "utf8")).config["kpaas:environment"];
}

export const example = (name: string): Environment => parseEnvironment(name, exampleSettings(name));

/** A resource of the platform, in operation's strictest place: a worker pool. */
export function resource(type: string, properties: Record<string, unknown>, more: Partial<Resource> = {}): Resource {
  const parentTypes = ["kpaas:index:ContainerPlatform", "kpaas:index:WorkerPool"];
  return { type, name: "example", properties, protect: false, parentTypes, ...more };
}
