import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  /** Input of the command; a stream where it is large, which is then never whole in memory. */
  stdin?: Buffer | Readable;
  signal?: AbortSignal;
}

/** Runs a command in a container and collects what it says. */
export async function containerExec(
  engine: Docker,
  container: string,
  argv: string[],
  { stdin, signal }: ExecOptions = {},
): Promise<ExecResult> {
  const exec = await engine.getContainer(container).exec({
    Cmd: argv,
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: signal,
  });
  const stream = await exec.start({ hijack: stdin !== undefined, stdin: stdin !== undefined, abortSignal: signal });
  const [stdout, stderr] = [collect(), collect()];
  engine.modem.demuxStream(stream, stdout.stream, stderr.stream);
  if (Buffer.isBuffer(stdin)) stream.end(stdin);
  else stdin?.pipe(stream);
  await finished(stream, { writable: false, signal });
  const { ExitCode } = await exec.inspect();
  return { exitCode: ExitCode ?? -1, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): { stream: PassThrough; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
