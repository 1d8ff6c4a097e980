import { z } from "zod";
import { deliver, filesSchema, revisionOf } from "../delivery.ts";
import { packagesOf, packagesSchema, withPackages } from "../packages.ts";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  files: filesSchema,
  packages: packagesSchema.optional(),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  revision: string;
}

export const handler = resource<Inputs, Outputs>({
  inputs,
  digests: ["files"],
  replaceOn: ["machineId", "machineName"],
  ownInputs: (state, wanted) => ({ packages: packagesOf(state, wanted) }),
  create: async (request, context) => ({
    id: `${request.machineName}/files`,
    outputs: await handOver(request, context),
  }),
  update: (_id, _state, request, context) => handOver(request, context),
});

async function handOver(request: Inputs, context: Context): Promise<Outputs> {
  const { timeoutSeconds = 120 } = request;
  const files = withPackages(request.files, request.packages);
  await deliver(request, files, timeoutSeconds, context);
  return { revision: revisionOf(files) };
}
