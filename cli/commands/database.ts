import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { note, print, printJson, table } from "../../lib/terminal.ts";
import { findMachine, loadDeployed, machineConnection } from "../../operations/access/machines.ts";
import { readOutputs } from "../../operations/access/outputs.ts";
import { databaseAccess, runDatabaseClient } from "../../operations/database-access.ts";
import { notUp } from "../../operations/engine/workspace.ts";
import { requireEnvironment } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const database = defineCommand({
  details: `Prints where a consumer's database is and its password. The server takes TLS only: give clients the CA, by --ca.
--connect opens MariaDB's client as the consumer instead, in the database's machine, over the way that ./kpaas ssh takes; arguments
after -- are the client's: ./kpaas database local portal --connect -- -e 'SHOW TABLES'. The password is in no process list.`,
  options: {
    connect: { type: "boolean", description: "open a client there; ends with its exit code" },
    ca: { type: "string", placeholder: "FILE", description: "write the CA that signed the server's certificate, too" },
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 2,
  async run({ positionals: [given, consumer], values: { connect, ca, json, file }, rest }) {
    const name = requireEnvironment(given, "database");
    if (rest.length > 0 && !connect)
      throw new UserError(
        "arguments after -- are the client's",
        `./kpaas database ${name} --connect -- ${rest.join(" ")}`,
      );
    const [{ environment }, outputs] = await Promise.all([loadDeployed(name, file), readOutputs(name)]);
    if (outputs.database === undefined) throw notUp(name);
    const access = databaseAccess(environment, outputs.database, consumer);
    if (ca !== undefined) writeFileSync(resolve(ca), access.caCertPem);
    if (connect) {
      const tty = rest.length === 0 && Boolean(process.stdin.isTTY && process.stdout.isTTY);
      const connection = await machineConnection(environment, findMachine(environment, "database"));
      return runDatabaseClient(connection, access, rest, { tty, stdin: true });
    }
    if (json) await printJson({ environment: name, ...access });
    else {
      await print(
        table([
          ["host", access.host],
          ["port", String(access.port)],
          ["host for pods", `${access.hostInCluster}:${access.portInCluster}`],
          ["user", access.user],
          ["database", access.database],
          ["password", access.password],
          ["TLS", `required; the certificate is of ${access.tlsServerName}`],
        ]),
      );
      note(`next: ./kpaas database ${name} ${access.consumer} --connect     a client, as ${access.user}`);
    }
    return 0;
  },
});
