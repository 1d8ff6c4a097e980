import { randomBytes } from "node:crypto";
import { z } from "zod";
import { resource } from "../resource.ts";

const inputs = z.strictObject({ bytes: z.int().min(16).max(64).optional(), generation: z.int().min(1).optional() });

export const handler = resource({
  inputs,
  createBeforeDelete: true,
  secretOutputs: ["value"],
  create: async ({ bytes = 24 }: z.output<typeof inputs>, { name }) => ({
    id: name,
    outputs: { value: randomBytes(bytes).toString("base64url") },
  }),
});
