import "../stacks/infrastructures.ts";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../lib/errors.ts";
import { nearest } from "../lib/suggest.ts";
import { environmentsWithState } from "./engine/state.ts";
import { shownPath, stacksFolder } from "./stacks-folder.ts";

export { stacksFolder } from "./stacks-folder.ts";

/** An environment's file as Pulumi reads it. */
export interface StackFile {
  config?: Record<string, unknown>;
  encryptionsalt?: string;
  [key: string]: unknown;
}

export interface LoadedEnvironment {
  name: string;
  path: string;
  file: StackFile;
  environment: Environment;
}

export function environmentNames(folder = stacksFolder()): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1] ?? [])
    .sort();
}

/** Gives the environment meant where none is named: the only one that has state, else `local`, else the only one there is. */
export function defaultEnvironment(withState: readonly string[], all: readonly string[]): string {
  const [only] = withState.length === 1 ? withState : all.includes("local") ? ["local"] : all.length === 1 ? all : [];
  if (only !== undefined) return only;
  throw new UserError("which environment?", `name one: ${all.join(", ") || `none is in ${stacksFolder()} yet`}`);
}

export function environmentOrDefault(name: string | undefined): string {
  if (name !== undefined) return name;
  const all = environmentNames();
  const withState = environmentsWithState();
  // The state knows the environments of every folder.
  const here = withState.filter((one) => all.includes(one));
  return defaultEnvironment(here.length > 0 ? here : withState, all);
}

/** Throws UserError where no environment is named: to commands that change much it always is. */
export function requireEnvironment(name: string | undefined, command: string): string {
  if (name !== undefined) return name;
  throw new UserError(
    `${command} needs an environment`,
    `./kpaas ${command} ${environmentNames()[0] ?? "ENVIRONMENT"}; there are: ${environmentNames().join(", ") || "none"}`,
  );
}

/** Reads and checks an environment, all of it, before anything starts. Throws UserError. */
export async function loadEnvironment(name: string, file?: string): Promise<LoadedEnvironment> {
  const path = file ? resolve(file) : environmentPath(name);
  if (!existsSync(path)) throw noSuchEnvironment(name, path);
  const contents = parseStackFile(await readFile(path, "utf8"), path);
  const raw = contents.config?.["kpaas:environment"];
  if (raw === undefined)
    throw new UserError(
      `${path} has no kpaas:environment under config`,
      "see README.md for a complete environment file",
    );
  const { parseEnvironment } = await import("../config/parse.ts");
  return { name, path, file: contents, environment: parseEnvironment(name, raw, shownPath(path)) };
}

/** Gives an environment as it would be under another name, with that name's defaults. Throws UserError. */
export async function underName(name: string, { file, path }: LoadedEnvironment): Promise<Environment> {
  const { parseEnvironment } = await import("../config/parse.ts");
  return parseEnvironment(name, file.config?.["kpaas:environment"], shownPath(path));
}

/** Checks that `up` can make all of an environment, before the engine is asked. Throws UserError. */
export async function requireDeployable({ environment, file }: LoadedEnvironment): Promise<void> {
  const { deployable, requireSecrets } = await import("../bosh/deployable.ts");
  const withApplications = deployable(environment);
  const isThere = (name: string) => file.config?.[`kpaas:${name}`] !== undefined;
  const { requireImageSecrets } = await import("../config/image-sources.ts");
  requireImageSecrets(environment, isThere);
  if (withApplications) requireSecrets(withApplications, isThere);
}

function environmentPath(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new UserError(`${name} cannot be an environment's name`, "use letters, digits and hyphens");
  return join(stacksFolder(), `Pulumi.${name}.yaml`);
}

function noSuchEnvironment(name: string, path: string): UserError {
  const names = environmentNames();
  const meant = nearest(name, names);
  const there = names.length ? `there are: ${names.join(", ")}` : "there are none yet";
  const next = meant ? `did you mean ${meant}? ${there}` : `${there}; copy one to make another`;
  return new UserError(`there is no environment ${name}: ${path} does not exist`, next);
}

function parseStackFile(text: string, path: string): StackFile {
  try {
    const contents: unknown = parse(text);
    if (isStackFile(contents)) return contents;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UserError(`${path} is not YAML: ${error.message}`);
  }
  throw new UserError(`${path} is not a stack file`, "see README.md for a complete environment file");
}

function isStackFile(value: unknown): value is StackFile {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !("config" in value) || (typeof value.config === "object" && value.config !== null);
}
