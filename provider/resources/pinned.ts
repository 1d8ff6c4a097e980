import { z } from "zod";
import { resource } from "../resource.ts";

const inputs = z.strictObject({ value: z.string(), generation: z.int().min(1) });

export const handler = resource({
  inputs,
  keeps: ["value"],
  digests: ["value"],
  repeats: { pinned: "value" },
  create: async ({ value }: z.output<typeof inputs>, { name }) => ({ id: name, outputs: { pinned: value } }),
  update: async (_id, _state, { value }) => ({ pinned: value }),
});
