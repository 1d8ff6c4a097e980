import type { Environment } from "../config/environment.ts";
import { gatewayPorts } from "../config/ports.ts";
import { serviceName } from "../config/services.ts";
import { UserError } from "../lib/errors.ts";
import { nearest } from "../lib/suggest.ts";
import { connect } from "../provider/connect.ts";
import type { Connection } from "../provider/sdk.ts";
import { runInMachine, type ShellOptions } from "./access/machine-shell.ts";
import type { PlatformOutputs } from "./access/outputs.ts";

/** All that a client has to know to reach a consumer's database. */
export interface DatabaseAccess {
  consumer: string;
  /** As reached from here, through the gateway. */
  host: string;
  port: number;
  /** As pods reach it; the port, too, is the database's own. */
  hostInCluster: string;
  portInCluster: number;
  user: string;
  database: string;
  password: string;
  /** Name in the server's certificate, which clients check by `caCertPem`. The server takes no connection without TLS. */
  tlsServerName: string;
  caCertPem: string;
}

/** Gives a consumer's access; of an environment that has one consumer, that one's. Throws UserError. */
export function databaseAccess(
  environment: Environment,
  { endpoint, passwords, caCertPem }: PlatformOutputs["database"],
  given?: string,
): DatabaseAccess {
  const consumers = Object.keys(passwords).sort();
  const consumer = given ?? (consumers.length === 1 ? consumers[0] : undefined);
  const next = `its consumers: ${consumers.join(", ") || "none; name them in containerPlatform.database.consumers"}`;
  if (consumer === undefined) throw new UserError(`which consumer of ${environment.name}'s database?`, next);
  const password = Object.hasOwn(passwords, consumer) ? passwords[consumer] : undefined;
  if (password === undefined) {
    const meant = nearest(consumer, consumers);
    throw new UserError(
      `${environment.name}'s database has no consumer ${consumer}`,
      meant ? `did you mean ${meant}?` : next,
    );
  }
  const { hostname: host, port } = new URL(`tcp://${endpoint}`);
  const name = serviceName("database", environment);
  return {
    consumer,
    host,
    port: Number(port),
    hostInCluster: name,
    portInCluster: gatewayPorts.database,
    user: consumer,
    database: consumer,
    password,
    tlsServerName: name,
    caCertPem,
  };
}

/** Option file of MariaDB's clients for use inside the database's machine: there the password is in no argument and no variable. */
function clientOptions({ user, database, password }: DatabaseAccess): string {
  const text = (value: string) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return `[client]
protocol = tcp
host = 127.0.0.1
user = ${text(user)}
password = ${text(password)}
ssl-ca = /etc/mysql/kpaas/ca.crt
[mysql]
database = ${text(database)}
`;
}

/** Keeps standard input as a file that only root may read; tells where. */
const keepInput = "umask 077; file=$(mktemp /run/kpaas-client-XXXXXX); cat >$file; echo $file";

const runClient = `trap 'rm -f "$1"' EXIT; trap 'exit 129' HUP; mariadb --defaults-extra-file="$1" "\${@:2}"`;

/** Runs MariaDB's client as a consumer, in the database's machine, which needs no client and no open port here; gives its exit code. */
export async function runDatabaseClient(
  connection: Connection,
  access: DatabaseAccess,
  args: readonly string[],
  options: ShellOptions,
): Promise<number> {
  const transport = await connect(connection);
  const kept = await transport.exec(["sh", "-euc", keepInput], { stdin: Buffer.from(clientOptions(access)) });
  if (kept.exitCode !== 0) throw new Error(`the database's machine keeps no file: ${kept.stderr}`);
  return runInMachine(connection, ["bash", "-c", runClient, "mariadb", kept.stdout.trim(), ...args], options);
}
