import type { ExecOptions, ExecResult } from "../local/exec.ts";

/** A way into a machine, whatever it is. */
export interface Transport {
  /** Runs a command as root; its exit code is an answer, not an error. */
  exec(argv: string[], options?: ExecOptions): Promise<ExecResult>;
}
