import { z } from "zod";
import {
  engineInUse,
  ensureContainerEngine,
  hasEnvironments,
  stopContainerEngine,
} from "../../local/container-engine.ts";
import { raiseHostLimits, restoreHostLimits } from "../../local/host-limits.ts";
import { removeLeftBuilds } from "../../local/machine-image.ts";
import { resource } from "../resource.ts";

export const handler = resource({
  inputs: z.strictObject({ purpose: z.string().optional() }),
  async create(_inputs: object, { report }) {
    raiseHostLimits(report);
    return { id: "engine", outputs: await ensureContainerEngine(report) };
  },
  // A refresh must not take a stopped container engine for an empty one: that would forget every machine.
  read: engineInUse,
  async update(_id, state) {
    return state;
  },
  async delete(_id, { owned }, { report }) {
    if (await hasEnvironments()) return report("the container engine stays: other environments use it");
    restoreHostLimits();
    if (!owned) return;
    await removeLeftBuilds();
    await stopContainerEngine(report);
  },
});
