import { z } from "zod";
import { type ResourceHandler, resource } from "../../../provider/resource.ts";

const anything = z.looseObject({ machineId: z.string(), connection: z.object({ kind: z.string() }) });
type Anything = z.output<typeof anything>;

/** Handles a resource that is done at once, and made anew when its machine is, as the real one. */
const done = (outputs: object): ResourceHandler =>
  resource<Anything, object>({
    inputs: anything,
    replaceOn: ["machineId"],
    create: async (_inputs, { name }) => ({ id: name, outputs }),
    update: async () => outputs,
  });

/** Handlers of the resources that ask a machine something, for clouds whose machines exist but never run. */
export const simulatedHandlers: Record<string, ResourceHandler> = {
  "kpaas:index:MachineFiles": done({}),
  "kpaas:index:FirstBoot": done({}),
  "kpaas:index:Node": done({ kubeletVersion: "simulated", internalIp: "" }),
};
