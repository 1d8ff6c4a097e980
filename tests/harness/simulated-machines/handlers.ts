import { z } from "zod";
import { type DeliveredFiles, revisionOf } from "../../../provider/delivery.ts";
import { type ResourceHandler, resource } from "../../../provider/resource.ts";

const anything = z.looseObject({ machineId: z.string(), connection: z.object({ kind: z.string() }) });
type Anything = z.output<typeof anything>;

/** Handles a resource that is done at once, and made anew when its machine is, as the real one. */
const done = (outputsOf: (inputs: Anything) => object): ResourceHandler =>
  resource<Anything, object>({
    inputs: anything,
    replaceOn: ["machineId"],
    create: async (inputs, { name }) => ({ id: name, outputs: outputsOf(inputs) }),
    update: async (_id, _state, inputs) => outputsOf(inputs),
  });

/** Handlers of the resources that ask a machine something, for clouds whose machines exist but never run. */
export const simulatedHandlers: Record<string, ResourceHandler> = {
  "kpaas:index:MachineFiles": done(({ files }) => ({ revision: revisionOf(files as DeliveredFiles) })),
  "kpaas:index:FirstBoot": done(() => ({})),
  "kpaas:index:Node": done(() => ({ kubeletVersion: "simulated", internalIp: "" })),
};
