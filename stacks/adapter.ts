import type { Environment } from "../config/environment.ts";
import { packagesOf } from "../config/infrastructures.ts";
import { installOptional } from "../toolchain/optional-packages.ts";

/** A file of the folder of an environment's infrastructure; its cloud's SDK is installed first, and no other's. Throws UserError. */
export async function loadAdapter<Module>({ infrastructure }: Environment, file: string): Promise<Module> {
  await installOptional(packagesOf(infrastructure), (message) => console.error(message));
  return import(new URL(`./${infrastructure.kind}/${file}`, import.meta.url).href);
}
