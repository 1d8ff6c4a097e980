import { setTimeout as sleep } from "node:timers/promises";
import { GiveUp } from "../lib/retry.ts";
import { bootReport, connect } from "./connect.ts";
import type { Context } from "./resource.ts";
import type { Connection } from "./sdk.ts";
import type { Transport } from "./transport.ts";

/**
 * Failures in a row that mean that first boot never succeeds: systemd tries again, because what it waits for may come
 * late.
 */
const failures = 8;

/**
 * Script that looks for a few seconds: 0 when first boot has applied the revision $1, else 1, with how often systemd has started it
 * again. What ended the moment before the revision came is started once more.
 */
const look = `i=0; while [ $i -lt 25 ]; do
  [ "$(cat /var/lib/kpaas/applied 2>/dev/null)" = "$1" ] && exit 0
  i=$((i+1)); sleep 0.2
done
[ "$(systemctl show -P ActiveState kpaas-first-boot)" != inactive ] || systemctl start --no-block kpaas-first-boot
systemctl show -P NRestarts kpaas-first-boot 2>/dev/null; exit 1`;

/** Tells whether first boot has ended. @throws GiveUp when it keeps failing. */
export type FirstBootCheck = (transport: Transport, signal: AbortSignal) => Promise<boolean>;

/**
 * Makes a check of a machine's first boot. Earlier failures do not count: what caused them may have been mended since. `revision`:
 * the delivery that it must have applied.
 */
export function firstBootCheck(machineName: string, revision: string): FirstBootCheck {
  let restartsBefore: number | undefined;
  return async (transport, signal) => {
    const { exitCode, stdout } = await transport.exec(["sh", "-c", look, "sh", revision], { signal });
    const restarts = Number(stdout) || 0;
    // A machine that has restarted counts from nothing again.
    restartsBefore = Math.min(restartsBefore ?? restarts, restarts);
    if (exitCode !== 0 && restarts - restartsBefore >= failures)
      throw new GiveUp(`${machineName}'s first boot failed ${failures} times in a row`);
    return exitCode === 0;
  };
}

/** Resolves when first boot has ended; rejects when it keeps failing. It is raced against a wait that this would make vain. */
export async function firstBoot(
  connection: Connection,
  machineName: string,
  revision: string,
  signal: AbortSignal,
): Promise<void> {
  const ended = firstBootCheck(machineName, revision);
  while (!signal.aborted) {
    try {
      if (await ended(await connect(connection), signal)) return;
    } catch (error) {
      // Where the machine cannot be asked, the wait itself tells what is wrong.
      if (error instanceof GiveUp) throw error;
    }
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** Tells what went wrong, where the machine's first boot stands, and what to do next. */
export async function withBootReport(
  error: unknown,
  connection: Connection,
  machineName: string,
  { environment }: Context,
): Promise<string> {
  // The machine may be what hangs.
  const state = await connect(connection)
    .then((transport) => bootReport(transport, AbortSignal.timeout(10_000)))
    .catch((reason: Error) => `the machine cannot be asked: ${reason.message}`);
  return `${(error as Error).message}\n${state}\nsee more: ./kpaas logs ${environment} ${machineName}`;
}
