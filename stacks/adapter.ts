import type { Environment } from "../config/environment.ts";
import { factsOf } from "../config/infrastructure/catalog.ts";
import { installOptional } from "../toolchain/optional-packages.ts";

/** Loads a module of an infrastructure's folder; installs its cloud's SDK first, and no other's. Throws UserError. */
export async function loadAdapter<Module>(
  { infrastructure }: Environment,
  file: "index" | "recovery",
): Promise<Module> {
  await installOptional(factsOf(infrastructure).packages ?? [], (message) => console.error(message));
  const { kind } = infrastructure;
  // Written out for the bundler, which looks for every folder that fits.
  return file === "index" ? import(`./${kind}/index.ts`) : import(`./${kind}/recovery.ts`);
}
