import { createRequire, SourceMap } from "node:module";
import { dirname, join, resolve } from "node:path";
import { compileFunction } from "node:vm";
import type { Message } from "esbuild";
import { UserError } from "./errors.ts";
import { repository } from "./repository.ts";

export interface TypeScriptModule {
  exports: Record<string, unknown>;
  /** The file and what it imports beside it, as one CommonJS module. */
  code: string;
  /** Gives the `path:line` that an error comes from; the file alone where the error tells no line of it. */
  origin(error: unknown): string;
}

/**
 * Runs a user's TypeScript file, whose types are not checked. It may import files beside it; packages are this clone's. Throws
 * UserError with path and line.
 */
export async function loadTypeScript(path: string): Promise<TypeScriptModule> {
  const { code, map } = await compile(path);
  const origin = (error: unknown) => originOf(error, path, map);
  const module: { exports: Record<string, unknown> } = { exports: {} };
  try {
    const run = compileFunction(code, ["exports", "require", "module"], { filename: path });
    run(module.exports, createRequire(join(repository, "package.json")), module);
  } catch (error) {
    throw new UserError(`${origin(error)}: ${messageOf(error)}`);
  }
  return { exports: module.exports, code, origin };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function compile(path: string): Promise<{ code: string; map: SourceMap }> {
  const { build } = await import("esbuild");
  const built = build({
    absWorkingDir: dirname(path),
    entryPoints: [path],
    outfile: `${path}.js`,
    write: false,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "external",
    logLevel: "silent",
    tsconfigRaw: {},
  });
  const { outputFiles } = await built.catch((error: Partial<{ errors: Message[] }>) => {
    const [first] = error.errors ?? [];
    if (!first) throw error;
    const { file, line } = first.location ?? {};
    throw new UserError(`${file ? `${resolve(dirname(path), file)}:${line}` : path}: ${first.text}`);
  });
  const [map = "", code = ""] = outputFiles.map(({ text }) => text);
  return { code, map: new SourceMap(JSON.parse(map)) };
}

function originOf(error: unknown, path: string, map: SourceMap): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, line, column] = stack.slice(stack.indexOf(`${path}:`) + path.length).match(/^:(\d+)(?::(\d+))?/) ?? [];
  if (line === undefined) return path;
  const entry = map.findEntry(Number(line) - 1, Number(column ?? 1) - 1);
  return "originalLine" in entry ? `${resolve(dirname(path), entry.originalSource)}:${entry.originalLine + 1}` : path;
}
