import { existsSync } from "node:fs";
import { UserError } from "../lib/errors.ts";
import { loadTypeScript, messageOf } from "../lib/typescript-module.ts";
import type { Environment } from "./environment.ts";
import type { MachinePlan } from "./machines.ts";

/** The resource whose arguments are asked for. */
export interface TransformContext {
  /** Name in the program: `platform-worker-1`, `platform-network`. */
  name: string;
  /** The machine that the resource is, or is a disk, port or address of. */
  machine?: MachinePlan;
  environment: Environment;
}

/**
 * The default export of an environment's transform file: functions by Pulumi's type token. Each gives the arguments that a resource gets
 * in place of `args`; it may be asked several times and always gives the same.
 */
export type Transforms = Record<string, (args: never, context: TransformContext) => object>;

export interface LoadedTransforms {
  path: string;
  /** Type tokens, sorted. */
  types: string[];
  /** The file and what it imports beside it, as one module that can be loaded in its place. */
  code: string;
  /** Gives the arguments that a resource gets. Throws UserError with the file's path and line. */
  apply(type: string, args: object, context: TransformContext): Record<string, unknown>;
}

/** A resource that a transform gave other arguments than the program had. */
export interface TransformedResource {
  type: string;
  name: string;
  /** Arguments that differ. */
  properties: string[];
}

/** Puts resources into words: `2 resources (aws:ec2/instance:Instance)`. */
export function transformedInWords(resources: readonly TransformedResource[]): string {
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  const count = `${resources.length} ${resources.length === 1 ? "resource" : "resources"}`;
  return types.length > 0 ? `${count} (${types.join(", ")})` : count;
}

/** Gives the path of a transform file: `Pulumi.<environment>.transform.ts` beside the environment's file. */
export const transformPath = (environmentPath: string): string =>
  `${environmentPath.replace(/\.ya?ml$/, "")}.transform.ts`;

/** Loads the transforms of an environment; undefined where it has no such file. Throws UserError. */
export async function loadTransforms(environmentPath: string): Promise<LoadedTransforms | undefined> {
  const path = transformPath(environmentPath);
  if (!existsSync(path)) return undefined;
  const { exports, code, origin } = await loadTypeScript(path);
  const transforms = checked(exports.default, path);
  return {
    path,
    types: Object.keys(transforms).sort(),
    code,
    apply(type, args, context) {
      const fail = (where: string, why: string) =>
        new UserError(`${where}: the transform of ${type} ${why} for ${context.name}`, "docs/transform.md");
      let result: unknown;
      try {
        result = transforms[type]?.(args as never, context);
      } catch (error) {
        throw fail(origin(error), `failed (${messageOf(error)})`);
      }
      if (!isPlainObject(result)) throw fail(path, `returned ${described(result)}, not the resource's arguments,`);
      return result;
    },
  };
}

function checked(value: unknown, path: string): Transforms {
  if (!isPlainObject(value))
    throw new UserError(
      `${path}: has no default export of functions by resource type`,
      "docs/transform.md has an example",
    );
  const problems = Object.entries(value).flatMap(([type, transform]) => {
    if (!/^[^:\s]+:[^:\s]+:[^:\s]+$/.test(type)) return `${type}: is no type token such as aws:ec2/instance:Instance`;
    // Secrets, what is pinned, and components whose arguments are what the policies judge.
    if (type.startsWith("kpaas:index:")) return `${type}: is kpaas' own, which no transform may change`;
    return typeof transform === "function" ? [] : `${type}: must be a function (got ${described(transform)})`;
  });
  if (problems.length > 0) throw new UserError(`${path}:\n  ${problems.join("\n  ")}`, "docs/transform.md");
  return value as Transforms;
}

/** Tells whether a value is a plain object; outputs, resources, assets and promises are not. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object") return `a ${typeof value}`;
  return isPlainObject(value) ? "an object" : "an object of a class, such as a promise or an output";
}
