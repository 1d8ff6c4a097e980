import { UserError } from "../../lib/errors.ts";
import { type Bundle, Refusal, readBundle } from "./format.mjs";

/** Gives what `work` gives; a bundle that is refused becomes the user's error. */
export async function refusing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ofUser(error);
  }
}

const ofUser = (error: unknown): unknown =>
  error instanceof Refusal ? new UserError(error.message, error.next) : error;

/** A bundle by its folder, with the folders that may hold the one that it is the difference from. */
export interface BundleFolders {
  folder: string;
  bases: readonly string[];
}

/** Gives the bundle that this process has everything from: `KPAAS_BUNDLE`, which the provider's process inherits. */
export function bundleInUse(): BundleFolders | undefined {
  const { KPAAS_BUNDLE: folder, KPAAS_BUNDLE_SINCE: bases } = process.env;
  return folder ? { folder, bases: bases ? bases.split(":") : [] } : undefined;
}

/** Has this process, and those that it starts, take everything from a bundle. */
export function useBundle({ folder, baseFolder }: Bundle): void {
  process.env.KPAAS_BUNDLE = folder;
  if (baseFolder === undefined) delete process.env.KPAAS_BUNDLE_SINCE;
  else process.env.KPAAS_BUNDLE_SINCE = baseFolder;
}

let lastRead: Bundle | undefined;

/**
 * Reads the bundle in use, once; undefined where there is none. Its signature is checked, its key by who put it into use. Throws UserError
 * where it is refused.
 */
export function readBundleInUse(): Bundle | undefined {
  const inUse = bundleInUse();
  if (!inUse) return undefined;
  if (lastRead?.folder === inUse.folder) return lastRead;
  try {
    lastRead = readBundle(inUse.folder, inUse.bases);
  } catch (error) {
    throw ofUser(error);
  }
  return lastRead;
}

/** Throws UserError where a bundle is in use: `what` is not in it, and nothing else is asked. */
export function refuseOutside(what: string): void {
  const inUse = bundleInUse();
  if (!inUse) return;
  throw new UserError(
    `${what} is needed, which is not in the bundle ${inUse.folder}, and with a bundle nothing else is asked`,
    "make a bundle of what is wanted, with this same kpaas: ./kpaas bundle create --environments ENVIRONMENT --out DIR",
  );
}
