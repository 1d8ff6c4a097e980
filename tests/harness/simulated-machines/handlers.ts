import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { type DeliveredFiles, revisionOf } from "../../../provider/delivery.ts";
import { type ResourceHandler, resource } from "../../../provider/resource.ts";
import type { Call } from "../simulated-cloud/faults.ts";
import type { SimulatedMachinesOptions } from "./start.ts";

const anything = z.looseObject({ machineId: z.string(), connection: z.object({ kind: z.string() }) });
type Anything = z.output<typeof anything>;

type Course = Pick<ResourceHandler, "read" | "delete" | "digestsAtCheck"> & { made?(name: string): Promise<void> };

/**
 * Handles a resource that is done at once; made anew when its machine is, and with as much in the state, as the real one.
 */
const done = (
  outputsOf: (inputs: Anything) => object,
  { made = async () => {}, ...course }: Course = {},
): ResourceHandler =>
  resource<Anything, object>({
    inputs: anything,
    digests: ["files"],
    ...course,
    replaceOn: ["machineId"],
    create: async (inputs, { name }) => {
      await made(name);
      return { id: name, outputs: outputsOf(inputs) };
    },
    update: async (_id, _state, inputs) => outputsOf(inputs),
  });

/** Gives what a bundle would: these machines take packages of none. */
const packageSource = resource<{ packages: string[] }, object>({
  inputs: z.object({ packages: z.array(z.string()) }),
  create: async (_inputs, { name }) => ({ id: name, outputs: simulatedSource }),
  update: async () => simulatedSource,
});
const simulatedSource = { suite: "bookworm", publicKey: "simulated", revision: "0".repeat(64) };

/** Gives the handlers of the resources that ask a machine something, for clouds whose machines exist but never run. */
export const simulatedHandlers = (options: SimulatedMachinesOptions): Record<string, ResourceHandler> => ({
  "kpaas:index:MachineFiles": done(({ files }) => ({ revision: revisionOf(files as DeliveredFiles) })),
  "kpaas:index:FirstBoot": done(() => ({})),
  "kpaas:index:RegistryImages": done(() => ({ missing: [] })),
  "kpaas:index:PackageSource": packageSource,
  "kpaas:index:PackageRepository": done(({ revision }) => ({ published: revision })),
  "kpaas:index:Node": done(() => ({ kubeletVersion: "simulated", internalIp: "" }), nodes(options)),
});

/** Gives what happens to nodes in a cluster that remembers which of them have left it. */
function nodes({ nodeMilliseconds = 0, calls }: SimulatedMachinesOptions): Course {
  const gone = new Set<string>();
  const tell = (operation: "create" | "delete", name: string) => {
    const call: Call = { operation, type: "kpaas:index:Node", name, answer: "ok" };
    if (calls) appendFileSync(calls, `${JSON.stringify(call)}\n`);
  };
  return {
    digestsAtCheck: true,
    async made(name) {
      if (nodeMilliseconds > 0) await setTimeout(nodeMilliseconds);
      gone.delete(name);
      tell("create", name);
    },
    read: async (_id, state, { name }) => (gone.has(name) ? undefined : state),
    async delete(_id, _state, { name }) {
      gone.add(name);
      tell("delete", name);
    },
  };
}
