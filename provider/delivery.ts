import { retry } from "../lib/retry.ts";
import { connect } from "./connect.ts";
import { archiveOf, type DeliveredFiles } from "./delivered-files.ts";
import { type FirstBootCheck, firstBootCheck, withBootReport } from "./first-boot-watch.ts";
import type { HostKeyHandover } from "./host-key.ts";
import type { Context } from "./resource.ts";
import type { Connection } from "./sdk.ts";
import { digest } from "./values.ts";

/** Gives the revision of files: a machine that has applied it has these, and no others of ours. */
export const revisionOf = (files: DeliveredFiles): string => digest(files);

export interface DeliveryTarget {
  machineName: string;
  connection: Connection;
  /** The way to it as the state has it; absent where it has not been delivered anything yet. */
  before?: Connection;
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

/**
 * Delivers files to a machine that has shown its own host key, which is delivered first. The machine applies them from then on: by its
 * first boot, which runs again.
 */
export async function deliver(
  target: DeliveryTarget,
  files: DeliveredFiles,
  timeoutSeconds: number,
  context: Pick<Context, "signal" | "warn">,
): Promise<void> {
  const { machineName, connection } = target;
  const internal = (path: string, content: string) => ({ path, content, permissions: "0600" });
  const archive = await archiveOf([
    ...files,
    internal("/etc/kpaas/delivered.new", files.map(({ path }) => `${path}\n`).join("")),
    internal("/etc/kpaas/revision.new", `${revisionOf(files)}\n`),
  ]);
  const hostKey = await hostKeyHandover(target);
  const what = `${machineName} to take its files`;
  await retry({ timeoutSeconds, signal: context.signal, what }, async (signal) => {
    await hostKey?.run(files, context, signal);
    const transport = await connect(connection);
    const { exitCode, stderr } = await transport.exec(["sh", "-c", script], { stdin: archive, signal });
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr.trim()}`);
  });
}

/** Gives the handing over of a machine's host key, where it has one: SSH is loaded for that only. */
async function hostKeyHandover(target: DeliveryTarget): Promise<HostKeyHandover | undefined> {
  if (target.connection.kind !== "ssh" || !target.connection.hostKey) return undefined;
  const { HostKeyHandover } = await import("./host-key.ts");
  return new HostKeyHandover({ ...target, connection: target.connection });
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
