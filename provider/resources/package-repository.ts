import { z } from "zod";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";
import { publishedRevision, sendPackages } from "../send-packages.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  folder: z.string(),
  revision: z.string(),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  /** Revision that the machine was seen with. */
  published: string;
}

/** Time to look what the machine has. Where it does not answer, nothing is known, and the engine has more to do. */
const lookSeconds = 20;

export const handler = resource<Inputs, Outputs>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  needsUpdate: ({ published, revision }) => published !== revision,
  create: async (request, context) => ({
    id: `${request.machineName}/packages`,
    outputs: await publish(request, context),
  }),
  async read(_id, state, { signal }) {
    const cut = AbortSignal.any([signal, AbortSignal.timeout(lookSeconds * 1000)]);
    try {
      return { published: (await publishedRevision(state, cut)) ?? "" };
    } catch {
      return { published: state.published };
    }
  },
  update: (_id, _state, request, context) => publish(request, context),
});

async function publish(request: Inputs, context: Context): Promise<Outputs> {
  const { revision, timeoutSeconds = 900 } = request;
  await sendPackages(request, revision, timeoutSeconds, context);
  return { published: revision };
}
