import { posix } from "node:path";

/** A package as an npm lock has it, by the path at which it is installed. */
export interface LockedEntry {
  name?: string;
  version?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** An npm lock as far as it tells which package is where. */
export interface PackageLock {
  packages: Record<string, LockedEntry>;
}

export interface Host {
  os: string;
  cpu: string;
}

export const thisHost: Host = { os: process.platform, cpu: process.arch };

/** Tells whether a package is for a host, as npm judges by its lists: some are named, or some are excluded. */
export function suits({ os, cpu }: LockedEntry, host: Host): boolean {
  return allows(os, host.os) && allows(cpu, host.cpu);
}

function allows(list: string[] | undefined, one: string): boolean {
  if (!list) return true;
  if (list.includes(`!${one}`)) return false;
  return list.every((word) => word.startsWith("!")) || list.includes(one);
}

export const packageNameAt = (path: string, entry: LockedEntry): string =>
  entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

/** Gives the paths of packages and of all that they depend on, on a host. Throws where the lock lacks one. */
export function pathsOf(lock: PackageLock, names: readonly string[], host: Host = thisHost): string[] {
  const found = new Set<string>();
  const visit = (from: string, name: string, isOptional: boolean): void => {
    const path = resolve(lock, from, name);
    const entry = path === undefined ? undefined : lock.packages[path];
    if (path === undefined || !entry) {
      if (isOptional) return;
      throw new Error(`the lock has no ${name}, which ${from || "the installer"} needs`);
    }
    if (found.has(path) || (isOptional && !suits(entry, host))) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = entry;
    for (const needed of Object.keys(dependencies)) visit(path, needed, needed in optionalDependencies);
    for (const needed of Object.keys(optionalDependencies)) visit(path, needed, true);
    for (const needed of Object.keys(peerDependencies))
      visit(path, needed, peerDependenciesMeta[needed]?.optional ?? false);
  };
  for (const name of names) visit("", name, false);
  return [...found].sort();
}

/** Finds a package as Node.js does: beside the one that asks, then ever further out. */
function resolve(lock: PackageLock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = outer(folder)) {
    const path = posix.join(folder, "node_modules", name);
    if (lock.packages[path]) return path;
    if (folder === "") return undefined;
  }
}

const outer = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("/node_modules/"), 0));
