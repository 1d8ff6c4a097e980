import "../../../stacks/infrastructures.ts";
import type { z } from "zod";
import type { Environment } from "../../../config/environment.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import type { SettingsSchema } from "../../../config/schema.ts";
import { UserError } from "../../../lib/errors.ts";

/** Settings that a user may write below `kpaas:environment`. */
export type RawEnvironment = z.input<SettingsSchema>;

/** Gives an environment called `test` on `local`: the defaults, with some settings of one's own. */
export function exampleEnvironment(settings: Partial<RawEnvironment> = {}): Environment {
  return parseEnvironment("test", { infrastructure: { kind: "local" }, ...settings });
}

/** Gives a file's problems, one line each; none when it is accepted. */
export function problems(raw: unknown, name = "dev"): string[] {
  try {
    parseEnvironment(name, raw);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.message.split("\n  ").slice(1);
    throw error;
  }
}
