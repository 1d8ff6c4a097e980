import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Receives one line of progress: what is done, how far, for how long. */
export type Report = (message: string) => void;

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Instead of this process's environment: for what must not see its secrets. */
  environment?: Record<string, string>;
  onErrorLine?: (line: string) => void;
}

/** A command that ended badly; `message` carries the end of its standard error. */
export class CommandFailed extends Error {}

const keptErrorLines = 15;

/** Runs a command without a shell and gives its standard output. Throws CommandFailed, or ENOENT where it is not installed. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...(options.environment ?? process.env), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  const errorLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errorLines.push(line);
    if (errorLines.length > keptErrorLines) errorLines.shift();
    options.onErrorLine?.(line);
  });
  const end = await new Promise<string | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  if (end) throw new CommandFailed([`${command} ended with ${end}`, ...errorLines].join("\n"));
  return Buffer.concat(output).toString();
}

export const isNotInstalled = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
