import { UserError } from "../lib/errors.ts";
import { note } from "../lib/terminal.ts";
import type { Invocation } from "./command.ts";

/** Runs a command that is about an environment with the bundle that is given, in the environment or kept in mind. Throws UserError. */
export async function withBundle(
  { positionals, values }: Invocation,
  run: () => Promise<number>,
  keepsInMind: boolean,
): Promise<number> {
  const { bundle, since, key } = values;
  const { useGivenBundle, rememberBundle, forgetBundle } = await import("../operations/bundle/use.ts");
  const [name = ""] = positionals;
  if (values["no-bundle"]) {
    if (bundle !== undefined) throw new UserError("--bundle and --no-bundle exclude one another", "leave one out");
    for (const variable of ["KPAAS_BUNDLE", "KPAAS_BUNDLE_SINCE"]) delete process.env[variable];
    if (keepsInMind) forgetBundle(name);
    return run();
  }
  const given = { bundle: one(bundle), since: Array.isArray(since) ? since : [], key: one(key) };
  await useGivenBundle(given, positionals, note);
  const code = await run();
  if (keepsInMind && given.bundle !== undefined) rememberBundle(name, given);
  return code;
}

const one = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
