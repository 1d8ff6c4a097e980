import { z } from "zod";
import { firstBootEnded, withBootReport } from "../first-boot-watch.ts";
import { resource } from "../resource.ts";
import { retry } from "../retry.ts";
import { connectionSchema } from "../schemas.ts";
import { connect } from "../transport.ts";

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  timeoutSeconds: z.number().positive().optional(),
});
type Inputs = z.output<typeof inputs>;

export const handler = resource<Inputs, object>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  async create(request, { signal, report }) {
    const { machineName, connection, timeoutSeconds = 900 } = request;
    try {
      await retry({ timeoutSeconds, signal, what: `${machineName}'s first boot to end` }, async () => {
        const transport = await connect(connection);
        if (await firstBootEnded(transport, machineName, signal)) return;
        const phase = await transport.exec(["cat", "/run/kpaas/phase"]);
        report(`${machineName}: ${phase.stdout.trim() || "booting"}`);
        throw new Error("it has not ended");
      });
    } catch (error) {
      signal.throwIfAborted();
      throw await withBootReport(error, connection, machineName);
    }
    return { id: `${machineName}/first-boot`, outputs: {} };
  },
  async update() {
    return {};
  },
});
