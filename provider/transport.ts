import type { Connection } from "./sdk.ts";

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  stdin?: Buffer;
  signal?: AbortSignal;
}

/** A way into a machine, whatever it is. */
export interface Transport {
  /** Runs a command as root; its exit code is an answer, not an error. */
  exec(argv: string[], options?: ExecOptions): Promise<ExecResult>;
}

export async function connect(connection: Connection): Promise<Transport> {
  const { connectEngine } = await import("../local/engine.ts");
  const { containerExec } = await import("../local/exec.ts");
  const engine = await connectEngine();
  return { exec: (argv, options) => containerExec(engine, connection.container, argv, options) };
}

/** Where the machine's first boot stands, for error messages: its phase and the end of its log. */
export async function bootReport(transport: Transport): Promise<string> {
  const phase = await transport.exec(["cat", "/run/kpaas/phase"]);
  const log = await transport.exec(["journalctl", "-u", "kpaas-first-boot", "-n", "30", "--no-pager", "-o", "cat"]);
  return `phase: ${phase.stdout.trim() || "not begun"}\nend of its boot log:\n${log.stdout.trim().replaceAll(/^/gm, "  ")}`;
}
