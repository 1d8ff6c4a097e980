import { fileURLToPath } from "node:url";
import { z } from "zod";
import { settingsSchema } from "./schema.ts";

/** Path of the committed schema, which environment files name for their editors. */
export const schemaPath = fileURLToPath(new URL("./environment.schema.json", import.meta.url));

/**
 * Gives the JSON Schema of a whole stack file, which holds more than the environment: other settings, how secrets are
 * encrypted.
 */
export function stackFileSchema(): object {
  const stackFile = z.looseObject({
    config: z.looseObject({ "kpaas:environment": settingsSchema() }).describe("The stack's settings."),
  });
  // Draft 7 is what YAML editors know best.
  return {
    title: "Stack file of a K-PaaS environment",
    ...z.toJSONSchema(stackFile, { io: "input", target: "draft-7" }),
  };
}

/** Gives the JSON Schema of `kpaas:environment` alone. */
export const environmentSchema = (): object => z.toJSONSchema(settingsSchema(), { io: "input", target: "draft-7" });
