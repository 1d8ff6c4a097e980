import { statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";

/** Marks a folder of environments that `./kpaas init` made. */
export const folderMarker = ".kpaas";

/** The clone's examples. */
export const exampleStacks = join(repository, "stacks");

/**
 * Gives the folder of environment files: `$KPAAS_STACKS_DIR`, else the nearest folder at or above the working directory that
 * `./kpaas init` made, else the clone's examples. Inside the clone only the clone's own count.
 */
export function stacksFolder(start = process.cwd()): string {
  if (process.env.KPAAS_STACKS_DIR) return resolve(process.env.KPAAS_STACKS_DIR);
  return markedFolder(resolve(start)) ?? exampleStacks;
}

function markedFolder(folder: string): string | undefined {
  if (isFile(join(folder, folderMarker))) return folder;
  const parent = dirname(folder);
  return folder === repository || parent === folder ? undefined : markedFolder(parent);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Takes the environment files from `folder` for the rest of this process. Throws UserError where it is no folder. */
export function useStacksFolder(folder: string): void {
  const path = resolve(folder);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(
      `--stacks: ${path} is not a folder`,
      `name a folder of environments, or make one: ./kpaas init ${folder}`,
    );
  process.env.KPAAS_STACKS_DIR = path;
}

/** Gives a path as messages show it: relative where it lies below the working directory. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === "" || way.startsWith("..") || isAbsolute(way) ? path : way;
}

/** Tells whether `folder` is this clone or lies in it. */
export function isInClone(folder: string): boolean {
  const way = relative(repository, resolve(folder));
  return !way.startsWith("..") && !isAbsolute(way);
}
