import { z } from "zod";
import { resource } from "../resource.ts";

// The input is called like the output: a preview takes the one for the other, and so tells what an update will give.
const inputs = z.strictObject({ pinned: z.string(), generation: z.int().min(1) });

export const handler = resource({
  inputs,
  keeps: ["pinned"],
  repeats: { pinned: "pinned" },
  create: async ({ pinned }: z.output<typeof inputs>, { name }) => ({ id: name, outputs: outputsOf(pinned) }),
  update: async (_id, _state, { pinned }) => outputsOf(pinned),
});

const outputsOf = (pinned: string) => ({ pinned, since: new Date().toISOString() });
