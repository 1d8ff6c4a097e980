import { existsSync, readFileSync } from "node:fs";
import { readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";
import { CommandFailed, type Report, run } from "../lib/run.ts";
import manifest from "../package.json" with { type: "json" };
import { readBundleInUse } from "./air-gap/in-use.ts";
import { npmOptions, serveNpmPackages } from "./air-gap/npm-registry.mjs";

/** Packages that not everybody needs, by name, with their pinned versions: the clouds' SDKs, and what only tests use. */
const optional: Record<string, string> = manifest.peerDependencies;

const modules = join(repository, "node_modules");

function isThere(name: string): boolean {
  const file = join(modules, name, "package.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).version === optional[name];
}

/** Installs what is missing of `names`, without a change to package.json. Throws UserError. */
export async function installOptional(names: readonly string[], report: Report): Promise<void> {
  const unknown = names.find((name) => !optional[name]);
  if (unknown) throw new Error(`${unknown} is not among the peerDependencies of package.json`);
  if (names.every(isThere)) return;
  const release = await lock();
  try {
    const missing = names.filter((name) => !isThere(name));
    if (missing.length > 0) await install(missing, report);
  } finally {
    await release();
  }
}

async function install(missing: string[], report: Report): Promise<void> {
  const versioned = (name: string) => `${name}@${optional[name]}`;
  report(`installing ${missing.map(versioned).join(", ")} (once)`);
  // npm removes what it is not told of.
  const wanted = Object.keys(optional).filter((name) => missing.includes(name) || isThere(name));
  const withoutTools = existsSync(join(modules, "vitest")) ? [] : ["--omit=dev"];
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
  const bundle = await readBundleInUse();
  const registry = bundle && (await serveNpmPackages(bundle));
  const options = [...withoutTools, ...quietly, ...(registry ? npmOptions(registry.url) : [])];
  try {
    await run("npm", ["install", "--no-save", "--save-optional", ...options, ...wanted.map(versioned)], {
      cwd: repository,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `npm could not install ${missing.map(versioned).join(", ")}: ${error.message}`,
      bundle
        ? `make a bundle for an environment of this kind; ${bundle.folder} is of ${bundle.manifest.environments.join(", ")}`
        : "behind a proxy or mirror, check the output of: npm config get registry",
    );
  } finally {
    await registry?.stop();
  }
}

/**
 * Lets one npm run at a time: two at once would take each other's packages away. A symbolic link is made in one step
 * and names its holder.
 */
async function lock(): Promise<() => Promise<void>> {
  const path = join(modules, ".kpaas-optional");
  for (;;) {
    try {
      await symlink(String(process.pid), path);
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readlink(path).catch(() => undefined);
    if (holder !== undefined && !isAlive(Number(holder))) await rm(path, { force: true });
    else await sleep(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await installOptional(Object.keys(optional), console.log);
