import { type Duplex, PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { begun, joined } from "../lib/command-stream.ts";

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

export interface StreamOptions {
  /** First bytes of the command's output, which are left out: it says them when it is ready. */
  said: string;
  signal?: AbortSignal;
}

/** Starts a command in a container and gives its input and output. Throws what it said on its standard error where it does not begin. */
export async function containerStream(
  engine: Docker,
  container: string,
  argv: string[],
  { said, signal }: StreamOptions,
): Promise<Duplex> {
  const attach = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
  const exec = await engine.getContainer(container).exec({ Cmd: argv, ...attach, abortSignal: signal });
  const stream = await exec.start({ hijack: true, stdin: true, abortSignal: signal });
  const [stdout, stderr] = [new PassThrough(), collect()];
  engine.modem.demuxStream(stream, stdout, stderr.stream);
  stream.once("close", () => stdout.end()).once("end", () => stdout.end());
  try {
    await begun(stdout, said);
  } catch (error) {
    stream.destroy();
    throw new Error(stderr.text().trim() || (error as Error).message);
  }
  return joined(stdout, stream);
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
