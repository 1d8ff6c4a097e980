import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { type DeliveredFiles, revisionOf } from "../../../provider/delivery.ts";
import { type ResourceHandler, resource } from "../../../provider/resource.ts";
import type { Call } from "../simulated-cloud/faults.ts";
import type { SimulatedMachinesOptions } from "./start.ts";

const anything = z.looseObject({ machineId: z.string(), connection: z.object({ kind: z.string() }) });
type Anything = z.output<typeof anything>;

interface Course {
  made?(name: string): Promise<void>;
  digestsAtCheck?: boolean;
}

/**
 * Handles a resource that is done at once; made anew when its machine is, and with as much in the state, as the real one.
 */
const done = (
  outputsOf: (inputs: Anything) => object,
  { made = async () => {}, digestsAtCheck }: Course = {},
): ResourceHandler =>
  resource<Anything, object>({
    inputs: anything,
    digests: ["files"],
    digestsAtCheck,
    replaceOn: ["machineId"],
    create: async (inputs, { name }) => {
      await made(name);
      return { id: name, outputs: outputsOf(inputs) };
    },
    update: async (_id, _state, inputs) => outputsOf(inputs),
  });

/** Gives the handlers of the resources that ask a machine something, for clouds whose machines exist but never run. */
export const simulatedHandlers = (options: SimulatedMachinesOptions): Record<string, ResourceHandler> => ({
  "kpaas:index:MachineFiles": done(({ files }) => ({ revision: revisionOf(files as DeliveredFiles) })),
  "kpaas:index:FirstBoot": done(() => ({})),
  "kpaas:index:RegistryImages": done(() => ({ missing: [] })),
  "kpaas:index:Node": done(() => ({ kubeletVersion: "simulated", internalIp: "" }), {
    made: readyNode(options),
    digestsAtCheck: true,
  }),
});

function readyNode({ nodeMilliseconds = 0, calls }: SimulatedMachinesOptions) {
  return async (name: string): Promise<void> => {
    if (nodeMilliseconds > 0) await setTimeout(nodeMilliseconds);
    const ready: Call = { operation: "create", type: "kpaas:index:Node", name, answer: "ok" };
    if (calls) appendFileSync(calls, `${JSON.stringify(ready)}\n`);
  };
}
