import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../lib/eventually.ts";
import { freeLoopbackPort } from "../../local/ports.ts";
import { issue, selfSignedAuthority } from "../../provider/x509.ts";
import { debianPackages, dynamicLoader } from "../../toolchain/debian-packages.ts";
import { runOk } from "../harness/platform/commands.ts";

export interface Postgres {
  port: number;
  user: string;
  password: string;
  /** File with the authority of its certificate. */
  authority: string;
  /** Gives a query's answer, a line for each row. */
  query(sql: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Debian's PostgreSQL server on loopback, with TLS, unpacked and not installed, and a database of its own. */
export async function startPostgres(): Promise<Postgres> {
  const root = await debianPackages("postgresql", ["postgresql"], console.log);
  const versions = join(root, "usr/lib/postgresql");
  const programs = join(versions, readdirSync(versions)[0] ?? "", "bin");
  const env = { LD_LIBRARY_PATH: (await dynamicLoader(root)).libraryFolders.join(":") };
  const folder = mkdtempSync(join(tmpdir(), "kpaas-postgres-"));
  const [user, password, port] = ["kpaas", "password-of-the-database", await freeLoopbackPort()];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const tls = await certificates(folder);

  const data = join(folder, "data");
  const access = ["--auth=scram-sha-256", `--username=${user}`, `--pwfile=${passwordFile}`];
  const [initdb, ...initArguments] = unprivileged(join(programs, "initdb"), "--pgdata", data, "--no-sync", ...access);
  await runOk(initdb, initArguments, { env });
  const [program, ...words] = unprivileged(join(programs, "postgres"), "-D", data, "-p", `${port}`, "-k", folder);
  const settings = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "ssl=on",
    `ssl_cert_file=${tls.certificate}`,
    `ssl_key_file=${tls.key}`,
  ];
  const server = spawn(program, [...words, ...settings.flatMap((setting) => ["-c", setting])], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "ignore"],
  });

  const query = async (sql: string) => {
    const connection = ["--host=127.0.0.1", `--port=${port}`, `--username=${user}`, "--dbname=postgres"];
    const options = { env: { ...env, PGPASSWORD: password, PGSSLMODE: "verify-full", PGSSLROOTCERT: tls.authority } };
    const { stdout } = await runOk(join(programs, "psql"), [...connection, "-qAt", "-c", sql], options);
    return stdout.trim();
  };
  await eventually(30, () => query("select 1"));
  return {
    port,
    user,
    password,
    authority: tls.authority,
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

/** Files of a certificate for loopback, its key and its authority. */
async function certificates(folder: string): Promise<Record<"authority" | "certificate" | "key", string>> {
  const files = {
    authority: join(folder, "ca.pem"),
    certificate: join(folder, "server.pem"),
    key: join(folder, "server.key"),
  };
  const authority = await selfSignedAuthority("test", 1);
  const server = await issue(authority, {
    commonName: "database",
    ipAddresses: ["127.0.0.1"],
    usages: ["server"],
    validityDays: 1,
  });
  writeFileSync(files.authority, authority.certPem);
  writeFileSync(files.certificate, server.certPem);
  writeFileSync(files.key, server.keyPem, { mode: 0o600 });
  return files;
}

/** Gives a command that does not run as root, which the server refuses: in a user namespace of its own where need be. */
function unprivileged(...words: string[]): [string, ...string[]] {
  const [program = "", ...rest] = words;
  return process.getuid?.() === 0 ? ["unshare", "--user", "--map-user=1000", program, ...rest] : [program, ...rest];
}
