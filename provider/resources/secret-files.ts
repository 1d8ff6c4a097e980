import { z } from "zod";
import { retry } from "../../lib/retry.ts";
import { tarOf } from "../../lib/tar.ts";
import { connect } from "../connect.ts";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";
import type { Transport } from "../transport.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  files: z.record(
    z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, "must be a relative path without dots"),
    z.string(),
  ),
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

const folder = "/etc/kpaas/secrets";

export const handler = resource<Inputs, object>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  async create(request, context) {
    await deliver(request, [], context);
    return { id: `${request.machineName}/secrets`, outputs: {} };
  },
  async update(_id, state, request, context) {
    const dropped = Object.keys(state.files).filter((path) => !(path in request.files));
    await deliver(request, dropped, context);
    return {};
  },
});

/** Delivers the files, the marker last, by a rename of its own: first boot must never see half of the files. */
async function deliver(request: Inputs, dropped: string[], { signal: cancelled }: Context): Promise<void> {
  const { machineName, connection, files, timeoutSeconds = 120 } = request;
  const archive = await tarOf(files);
  const remove = dropped.map((path) => `rm -f '${folder}/${path}'`);
  const script = [
    "set -eu",
    "umask 077",
    `mkdir -p ${folder}`,
    `tar -x -C ${folder} -f - --no-same-owner`,
    ...remove,
    `date +%s.%N > ${folder}/.delivered`,
    `mv ${folder}/.delivered ${folder}/.complete`,
  ].join("\n");
  const what = `${machineName} to take its secret files`;
  await retry({ timeoutSeconds, signal: cancelled, what }, async (signal) => {
    const transport = await connect(connection);
    await run(transport, script, archive, signal);
  });
}

async function run(transport: Transport, script: string, stdin: Buffer, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await transport.exec(["sh", "-c", script], { stdin, signal });
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr.trim()}`);
}
