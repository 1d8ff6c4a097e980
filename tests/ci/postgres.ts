import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPackages, dynamicLoader } from "../../toolchain/debian-packages.ts";
import { eventually, runOk } from "../e2e-local/platform.ts";

export interface Postgres {
  port: number;
  user: string;
  password: string;
  /** What a query gives, a line for each row. */
  query(sql: string): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's PostgreSQL server on loopback, unpacked and not installed, with a database of its own. */
export async function startPostgres(): Promise<Postgres> {
  const root = await debianPackages("postgresql", ["postgresql"], console.log);
  const versions = join(root, "usr/lib/postgresql");
  const programs = join(versions, readdirSync(versions)[0] ?? "", "bin");
  const env = { LD_LIBRARY_PATH: (await dynamicLoader(root)).libraryFolders.join(":") };
  const folder = mkdtempSync(join(tmpdir(), "kpaas-postgres-"));
  const [user, password, port] = ["kpaas", "password-of-the-database", await freePort()];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });

  const data = join(folder, "data");
  const access = ["--auth=scram-sha-256", `--username=${user}`, `--pwfile=${passwordFile}`];
  const [initdb, ...initArguments] = unprivileged(join(programs, "initdb"), "--pgdata", data, "--no-sync", ...access);
  await runOk(initdb, initArguments, { env });
  const [program, ...words] = unprivileged(join(programs, "postgres"), "-D", data, "-p", `${port}`, "-k", folder);
  const server = spawn(program, [...words, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "ignore"],
  });

  const query = async (sql: string) => {
    const connection = ["--host=127.0.0.1", `--port=${port}`, `--username=${user}`, "--dbname=postgres"];
    const options = { env: { ...env, PGPASSWORD: password } };
    const { stdout } = await runOk(join(programs, "psql"), [...connection, "-qAt", "-c", sql], options);
    return stdout.trim();
  };
  await eventually(30, () => query("select 1"));
  return {
    port,
    user,
    password,
    query,
    stop: async () => {
      const gone = once(server, "exit");
      // Its fast shutdown: connections are closed.
      server.kill("SIGINT");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The server refuses to run as root, which in a user namespace of its own it is not. */
function unprivileged(...words: string[]): [string, ...string[]] {
  const [program = "", ...rest] = words;
  return process.getuid?.() === 0 ? ["unshare", "--user", "--map-user=1000", program, ...rest] : [program, ...rest];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
