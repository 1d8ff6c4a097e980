import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SshConnection } from "../../provider/sdk.ts";

const machineShell = fileURLToPath(new URL("../../operations/access/machine-shell.ts", import.meta.url));

/** Starts a shell in a process of its own, as `./kpaas ssh` is. */
export function startShell(connection: SshConnection, argv: string[], stdin: boolean) {
  const source = `import { runInMachine } from ${JSON.stringify(machineShell)};
const { connection, argv, stdin } = JSON.parse(process.env.SHELL_TEST);
process.exit(await runInMachine(connection, argv, { tty: false, stdin }));`;
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    env: { ...process.env, SHELL_TEST: JSON.stringify({ connection, argv, stdin }) },
    detached: true,
  });
}

/** Gives the command line of every process of this machine. */
export async function commandLines(): Promise<[string, string][]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(
      async (pid): Promise<[string, string]> => [
        `process ${pid}`,
        (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
      ],
    ),
  );
}

/** Contents of the files below a folder. */
export async function filesBelow(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path): Promise<[string, string]> => [path, await readFile(path, "utf8").catch(() => "")]),
  );
}
