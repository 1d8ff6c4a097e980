import { z } from "zod";
import { retry } from "../lib/retry.ts";
import { tarOf } from "../lib/tar.ts";
import { connect } from "./connect.ts";
import { type FirstBootCheck, firstBootCheck, withBootReport } from "./first-boot-watch.ts";
import type { Context } from "./resource.ts";
import type { Connection } from "./sdk.ts";
import { digest } from "./values.ts";

/** Files that a machine is delivered: all of them, each time. */
export const filesSchema = z.array(
  z.strictObject({
    path: z.string().regex(/^(\/[\w@-][\w.@-]*)+$/, "must be an absolute path without dots at a name's start"),
    content: z.string(),
    permissions: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .optional(),
  }),
);

export type DeliveredFiles = z.output<typeof filesSchema>;

/** Gives the revision of files: a machine that has applied it has these, and no others of ours. */
export const revisionOf = (files: DeliveredFiles): string => digest(files);

export interface DeliveryTarget {
  machineName: string;
  connection: Connection;
}

/**
 * Unpacks the files, removes those of an earlier delivery that are no more, and names the revision last: first boot, which it starts,
 * never takes half of the files for the whole.
 */
const script = `set -eu
umask 022
install -d -m 0700 /etc/kpaas /etc/kpaas/secrets
cd /
tar -x -f - --no-same-owner --unlink-first
if [ -e /etc/kpaas/delivered ]; then grep -vxFf /etc/kpaas/delivered.new /etc/kpaas/delivered | xargs -r rm -f; fi
mv /etc/kpaas/delivered.new /etc/kpaas/delivered
mv /etc/kpaas/revision.new /etc/kpaas/revision
systemctl daemon-reload
systemctl --quiet enable kpaas-first-boot.service
systemctl start --no-block kpaas-first-boot.service`;

/** Delivers files to a machine, which applies them from then on: by its first boot, which runs again. */
export async function deliver(
  { machineName, connection }: DeliveryTarget,
  files: DeliveredFiles,
  timeoutSeconds: number,
  { signal: cancelled }: Pick<Context, "signal">,
): Promise<void> {
  const archive = await tarOf(archived(files));
  const what = `${machineName} to take its files`;
  await retry({ timeoutSeconds, signal: cancelled, what }, async (signal) => {
    const transport = await connect(connection);
    const { exitCode, stderr } = await transport.exec(["sh", "-c", script], { stdin: archive, signal });
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr.trim()}`);
  });
}

function archived(files: DeliveredFiles): Record<string, { content: string; mode: number }> {
  const entries = files.map(({ path, content, permissions = "0644" }) => [
    path.slice(1),
    { content, mode: Number.parseInt(permissions, 8) },
  ]);
  const internal = (content: string) => ({ content, mode: 0o600 });
  return {
    ...Object.fromEntries(entries),
    "etc/kpaas/delivered.new": internal(files.map(({ path }) => `${path}\n`).join("")),
    "etc/kpaas/revision.new": internal(`${revisionOf(files)}\n`),
  };
}

/** Waits until the machine has applied a revision. @throws an error with the end of its boot log when it has not in time. */
export async function untilApplied(
  { machineName, connection }: DeliveryTarget,
  revision: string,
  timeoutSeconds: number,
  context: Context,
): Promise<void> {
  const applied: FirstBootCheck = firstBootCheck(machineName, revision);
  const what = `${machineName}'s first boot to end`;
  try {
    await retry({ timeoutSeconds, signal: context.signal, what }, async (signal) => {
      const transport = await connect(connection);
      if (await applied(transport, signal)) return;
      const { stdout } = await transport.exec(["cat", "/run/kpaas/phase"], { signal });
      context.report(`${machineName}: ${stdout.trim() || "booting"}`);
      throw new Error("it has not ended");
    });
  } catch (error) {
    context.signal.throwIfAborted();
    throw new Error(await withBootReport(error, connection, machineName, context));
  }
}
