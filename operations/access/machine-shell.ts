import { once } from "node:events";
import { finished } from "node:stream/promises";
import { UserError } from "../../lib/errors.ts";
import { connectContainerEngine } from "../../local/container-engine.ts";
import { isMissing } from "../../local/missing.ts";
import type { Connection, SshConnection } from "../../provider/sdk.ts";
import { sshSession } from "../../provider/ssh.ts";
import { rootCommandLine } from "../../provider/ssh-config.ts";
import { address } from "../../provider/ssh-failure.ts";

export interface ShellOptions {
  /** Gives the command a terminal of its own, joined to this one. */
  tty: boolean;
  /** Passes standard input on; without it the command's standard input stays open and silent. */
  stdin: boolean;
}

/** Runs a command in a machine as root, joined to this process's standard streams; gives its exit code. Throws UserError. */
export function runInMachine(connection: Connection, argv: string[], options: ShellOptions): Promise<number> {
  return connection.kind === "ssh"
    ? runOverSsh(connection, argv, options)
    : runInContainer(connection.container, argv, options);
}

/** Runs a command over SSH; ssh takes care of the terminal itself. */
async function runOverSsh(connection: SshConnection, argv: string[], { tty, stdin }: ShellOptions): Promise<number> {
  const session = await sshSession(connection);
  const command = rootCommandLine(connection.user, argv);
  // A pipe that nobody writes to ends with this process.
  const child = session.spawn([tty ? "-tt" : "-T"], command, [stdin ? "inherit" : "pipe", "inherit", "inherit"]);
  const [exitCode] = await once(child, "close");
  if (exitCode === 255 && !(await session.check()))
    throw new UserError(`the connection to ${address(connection)} was cut`, "try again");
  return exitCode ?? 1;
}

async function runInContainer(container: string, argv: string[], options: ShellOptions): Promise<number> {
  const { tty } = options;
  const containerEngine = await connectContainerEngine();
  const exec = await containerEngine
    .getContainer(container)
    .exec({
      Cmd: argv,
      Tty: tty,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Env: tty ? [`TERM=${process.env.TERM ?? "xterm"}`] : [],
    })
    .catch((error: unknown) => {
      throw notReachable(container, error);
    });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: tty });
  if (tty) stream.pipe(process.stdout, { end: false });
  else containerEngine.modem.demuxStream(stream, process.stdout, process.stderr);
  if (options.stdin) process.stdin.pipe(stream);
  const resize = () => void exec.resize({ h: process.stdout.rows, w: process.stdout.columns }).catch(() => undefined);
  if (tty) {
    process.stdin.setRawMode(true);
    process.stdout.on("resize", resize);
    resize();
  }
  try {
    await finished(stream, { writable: false });
  } finally {
    if (tty) process.stdin.setRawMode(false);
    process.stdin.unpipe(stream);
    process.stdout.off("resize", resize);
  }
  return (await exec.inspect()).ExitCode ?? 1;
}

function notReachable(container: string, error: unknown): unknown {
  if (isMissing(error))
    return new UserError(`there is no machine ${container} yet, or no more`, "bring it up: ./kpaas up");
  if (error instanceof Error && "statusCode" in error && error.statusCode === 409)
    return new UserError(`${container} is stopped`, "start it: ./kpaas up");
  return error;
}
