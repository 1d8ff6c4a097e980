import { z } from "zod";
import { retry } from "../../lib/retry.ts";
import { connect } from "../connect.ts";
import { firstBootCheck, withBootReport } from "../first-boot-watch.ts";
import { resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";

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
  async create({ machineName, connection, timeoutSeconds = 900 }, context) {
    const { signal: cancelled, report } = context;
    const ended = firstBootCheck(machineName);
    const what = `${machineName}'s first boot to end`;
    try {
      await retry({ timeoutSeconds, signal: cancelled, what }, async (signal) => {
        const transport = await connect(connection);
        if (await ended(transport, signal)) return;
        const { stdout } = await transport.exec(["cat", "/run/kpaas/phase"], { signal });
        report(`${machineName}: ${stdout.trim() || "booting"}`);
        throw new Error("it has not ended");
      });
    } catch (error) {
      cancelled.throwIfAborted();
      throw new Error(await withBootReport(error, connection, machineName, context));
    }
    return { id: `${machineName}/first-boot`, outputs: {} };
  },
  async update() {
    return {};
  },
});
