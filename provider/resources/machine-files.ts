import { z } from "zod";
import { acceptedHostKey } from "../accepted-host-keys.ts";
import { filesSchema } from "../delivered-files.ts";
import { deliver, revisionOf } from "../delivery.ts";
import { packagesOf, packagesSchema, withPackages } from "../packages.ts";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";
import type { Connection } from "../sdk.ts";

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
  needsUpdate: ({ machineName }) => acceptedHostKey(machineName) !== undefined,
  ownInputs: (state, wanted) => ({ packages: packagesOf(state, wanted) }),
  create: async (request, context) => ({
    id: `${request.machineName}/files`,
    outputs: await handOver(request, context),
  }),
  update: (_id, { connection }, request, context) => handOver(request, context, connection),
});

async function handOver(request: Inputs, context: Context, before?: Connection): Promise<Outputs> {
  const { timeoutSeconds = 120 } = request;
  const files = withPackages(request.files, request.packages);
  await deliver({ ...request, before }, files, timeoutSeconds, context);
  return { revision: revisionOf(files) };
}
