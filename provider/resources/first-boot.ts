import { z } from "zod";
import { resource } from "../resource.ts";
import { retry } from "../retry.ts";
import { connectionSchema } from "../schemas.ts";
import { bootReport, connect } from "../transport.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

/** Ends as soon as first boot has, or after a slice of time so that an abort and the deadline are noticed. */
const wait = `i=0; while [ $i -lt 25 ]; do
  [ -e /var/lib/kpaas/first-boot.done ] && exit 0
  i=$((i+1)); sleep 0.2
done; exit 1`;

export const handler = resource<Inputs, object>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  async create(request, { signal, report }) {
    const { machineName, connection, timeoutSeconds = 900 } = request;
    try {
      await retry({ timeoutSeconds, signal, what: `${machineName}'s first boot to end` }, async () => {
        const transport = await connect(connection);
        const { exitCode } = await transport.exec(["sh", "-c", wait], { signal });
        if (exitCode === 0) return;
        const phase = await transport.exec(["cat", "/run/kpaas/phase"]);
        report(`${machineName}: ${phase.stdout.trim() || "booting"}`);
        throw new Error("it has not ended");
      });
    } catch (error) {
      signal.throwIfAborted();
      const state = await connect(connection).then(bootReport, (reason: Error) => `not reachable: ${reason.message}`);
      throw new Error(`${(error as Error).message}\n${state}\nsee more: ./kpaas logs ${machineName}`);
    }
    return { id: `${machineName}/first-boot`, outputs: {} };
  },
  async update() {
    return {};
  },
});
