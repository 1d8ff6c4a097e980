import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { packageFile } from "../../lib/package-file.ts";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { type Bundle, readBundle } from "../../toolchain/air-gap/format.mjs";
import { type BundleFolders, refusing, useBundle } from "../../toolchain/air-gap/in-use.ts";
import { isRestored, restoreCache, restorePlugins } from "../../toolchain/air-gap/restore.ts";
import { trust } from "../../toolchain/air-gap/trust.mjs";
import { verifyContent } from "../../toolchain/air-gap/verify.ts";
import { environmentFolder, environmentsWithState, pluginFolder } from "../engine/state.ts";
import { environmentNames } from "../environments.ts";

/** A bundle as a command's options name it. */
export interface GivenBundle {
  bundle?: string;
  since?: readonly string[];
  key?: string;
}

/** Reads a bundle whose key is trusted; says how far it is. Throws UserError. */
export async function openBundle({ bundle = "", since = [], key }: GivenBundle, report: Report): Promise<Bundle> {
  const opened = await refusing(() => readBundle(bundle, since));
  const { how, said } = await refusing(() => trust(opened.manifest, key));
  if (how !== "known") report(said);
  return opened;
}

/**
 * Has this command, and all that it starts, take everything from a bundle: that which is given, else KPAAS_BUNDLE, else that with which
 * one of `names` was brought up. All of it is checked before anything of it is used. Throws UserError.
 */
export async function useGivenBundle(given: GivenBundle, names: readonly string[], report: Report): Promise<void> {
  const chosen = given.bundle === undefined ? (ofVariables() ?? remembered(names)) : given;
  if (!chosen) return;
  const bundle = await openBundle({ ...chosen, key: given.key }, report);
  const isGiven = given.bundle !== undefined;
  if (isGiven || !isRestored(bundle, pluginFolder())) {
    report(`checking the bundle ${bundle.folder}`);
    const { blobs, sizeBytes } = await verifyContent(bundle, report);
    report(`the bundle is whole: ${blobs} blobs, ${formatBytes(sizeBytes)}`);
  }
  const { version } = packageFile();
  if (bundle.manifest.kpaasVersion !== version)
    report(`warning: the bundle was made by kpaas ${bundle.manifest.kpaasVersion}, and this is ${version}`);
  useBundle(bundle);
  await restoreCache(bundle, report);
  await restorePlugins(bundle, pluginFolder(), report);
}

function ofVariables(): GivenBundle | undefined {
  const { KPAAS_BUNDLE: bundle, KPAAS_BUNDLE_SINCE: since } = process.env;
  return bundle ? { bundle, since: since ? since.split(":") : [] } : undefined;
}

const memory = (name: string): string => join(environmentFolder(name), "bundle.json");

function remembered(names: readonly string[]): GivenBundle | undefined {
  const all = environmentsWithState();
  const there = environmentNames();
  const named = names.find((name) => all.includes(name) || there.includes(name));
  // Where none is named it is the only one that is up.
  const name = named ?? (all.length === 1 ? all[0] : undefined);
  if (name === undefined || !existsSync(memory(name))) return undefined;
  const { folder, bases }: BundleFolders = JSON.parse(readFileSync(memory(name), "utf8"));
  return { bundle: folder, since: bases };
}

/** Keeps in mind with which bundle an environment was brought up, for its later commands. */
export function rememberBundle(name: string, { bundle = "", since = [] }: GivenBundle): void {
  if (!existsSync(environmentFolder(name))) return;
  const kept: BundleFolders = { folder: resolve(bundle), bases: since.map((one) => resolve(one)) };
  writeFileSync(memory(name), JSON.stringify(kept), { mode: 0o600 });
}

/** Has an environment's later commands ask registries again. */
export const forgetBundle = (name: string): void => rmSync(memory(name), { force: true });
