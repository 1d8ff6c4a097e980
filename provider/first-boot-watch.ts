import { setTimeout as sleep } from "node:timers/promises";
import { GiveUp } from "./retry.ts";
import type { Connection } from "./sdk.ts";
import { bootReport, connect, type Transport } from "./transport.ts";

/** First boot is tried again by systemd, because what it waits for may come late; so often in a row means that it never will. */
const failures = 8;

/** Looks for a few seconds: 0 when first boot has ended, 2 when it keeps failing, 1 when it is still at it. */
const look = `i=0; while [ $i -lt 25 ]; do
  [ -e /var/lib/kpaas/first-boot.done ] && exit 0
  [ "$(systemctl show -P NRestarts kpaas-first-boot 2>/dev/null || echo 0)" -ge ${failures} ] && exit 2
  i=$((i+1)); sleep 0.2
done; exit 1`;

/** True when first boot has ended. @throws GiveUp when it keeps failing. */
export async function firstBootEnded(transport: Transport, machineName: string, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await transport.exec(["sh", "-c", look], { signal });
  if (exitCode === 2) throw new GiveUp(`${machineName}'s first boot failed ${failures} times in a row`);
  return exitCode === 0;
}

/** Never resolves; rejects as soon as the machine's first boot keeps failing. For racing against a wait that it would make vain. */
export async function firstBootFailure(
  connection: Connection,
  machineName: string,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    const transport = await connect(connection);
    // Where the machine cannot be asked, the wait itself tells what is wrong.
    const ended = await firstBootEnded(transport, machineName, signal).catch((error) => {
      if (error instanceof GiveUp) throw error;
      return false;
    });
    signal.throwIfAborted();
    await sleep(ended ? 3_600_000 : 1000, undefined, { signal });
  }
}

/** An error that says what was waited for, where the machine stands, and what to do next. */
export async function withBootReport(error: unknown, connection: Connection, machineName: string): Promise<Error> {
  const state = await connect(connection).then(bootReport, (reason: Error) => `not reachable: ${reason.message}`);
  return new Error(`${(error as Error).message}\n${state}\nsee more: ./kpaas logs ${machineName}`);
}
