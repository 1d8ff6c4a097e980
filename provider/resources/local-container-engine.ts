import { z } from "zod";
import { engineInUse, ensureEngine, stopEngine } from "../../local/engine.ts";
import { resource } from "../resource.ts";

export const handler = resource({
  inputs: z.strictObject({ purpose: z.string().optional() }),
  async create(_inputs: object, { report }) {
    return { id: "engine", outputs: await ensureEngine(report) };
  },
  // A refresh must not take a stopped engine for an empty one: that would forget every machine.
  read: engineInUse,
  async update(_id, state) {
    return state;
  },
  delete: (_id, { owned }, { report }) => (owned ? stopEngine(report) : Promise.resolve()),
});
