import { spawn } from "node:child_process";

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  timeoutSeconds?: number;
  /** Seconds after which the whole process group gets SIGKILL. */
  killAfterSeconds?: number;
  /** The whole process group gets SIGKILL once this has come true. */
  killWhen?: Promise<unknown>;
}

/** Runs a command in a process group of its own; never throws for its exit code. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Run> {
  const { env, input, timeoutSeconds = 900, killAfterSeconds, killWhen } = options;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, detached: true, stdio: "pipe" });
    const out = { stdout: "", stderr: "" };
    child.stdout.on("data", (data) => {
      out.stdout += data;
    });
    child.stderr.on("data", (data) => {
      out.stderr += data;
    });
    const kill = () => {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    killWhen?.then(kill, kill);
    const timer = setTimeout(kill, (killAfterSeconds ?? timeoutSeconds) * 1000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...out, seconds: (performance.now() - began) / 1000 });
    });
    child.stdin.end(input);
  });
}

/** Runs a command like `run`, but throws for a failure an error that shows what the command said. */
export async function runOk(command: string, args: string[], options?: RunOptions): Promise<Run> {
  const result = await run(command, args, options);
  if (result.code !== 0)
    throw new Error(`${command} ${args.join(" ")} exited with ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result;
}
