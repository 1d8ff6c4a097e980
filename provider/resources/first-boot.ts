import { z } from "zod";
import { untilApplied } from "../delivery.ts";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  revision: z.string(),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

export const handler = resource<Inputs, object>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  async create(request, context) {
    await ended(request, context);
    return { id: `${request.machineName}/first-boot`, outputs: {} };
  },
  async update(_id, state, request, context) {
    if (state.revision !== request.revision) await ended(request, context);
    return {};
  },
});

const ended = (request: Inputs, context: Context): Promise<void> =>
  untilApplied(request, request.revision, request.timeoutSeconds ?? 900, context);
