import type { Duplex } from "node:stream";
import type { StreamOptions } from "../local/exec.ts";
import type { Connection } from "./sdk.ts";
import type { Transport } from "./transport.ts";

export async function connect(connection: Connection): Promise<Transport> {
  if (connection.kind === "ssh") {
    const { sshTransport } = await import("./ssh.ts");
    return sshTransport(connection);
  }
  const { connectContainerEngine } = await import("../local/container-engine.ts");
  const { containerExec } = await import("../local/exec.ts");
  const engine = await connectContainerEngine();
  return { exec: (argv, options) => containerExec(engine, connection.container, argv, options) };
}

/** Starts a command in a machine, as root, and gives its input and output; ending them ends it. */
export async function openStream(connection: Connection, argv: string[], options: StreamOptions): Promise<Duplex> {
  if (connection.kind === "ssh") {
    const { sshStream } = await import("./ssh.ts");
    return sshStream(connection, argv, options);
  }
  const { connectContainerEngine } = await import("../local/container-engine.ts");
  const { containerStream } = await import("../local/exec.ts");
  return containerStream(await connectContainerEngine(), connection.container, argv, options);
}

const report = `
echo "phase: $(cat /run/kpaas/phase 2>/dev/null || echo 'not begun')"
journalctl -u kpaas-first-boot -n 200 --no-pager -o cat | sed -n 's/^first boot failed in phase /last failed in: /p' | tail -n 1
echo "cloud-init: $(cloud-init status 2>/dev/null | sed -n 's/^status: //p')"
echo 'end of its boot log:'
journalctl -u kpaas-first-boot -n 30 --no-pager -o cat | sed 's/^/  /'`;

/**
 * Tells where the machine's first boot stands, for error messages: its phase, that in which it failed last (of one that
 * is tried again the first is the next try's), and the end of its log.
 */
export async function bootReport(transport: Transport, signal?: AbortSignal): Promise<string> {
  const { stdout } = await transport.exec(["sh", "-c", report], { signal });
  return stdout.trim();
}

/** Asks for the id that systemd gives a machine early in its first boot; undefined before that, and where nothing answers. */
export async function machineId(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
  try {
    const transport = await connect(connection);
    const { stdout } = await transport.exec(["cat", "/etc/machine-id"], { signal });
    return /^[0-9a-f]{32}$/.exec(stdout.trim())?.[0];
  } catch {
    return undefined;
  }
}
