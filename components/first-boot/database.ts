import type { MachinePlan } from "../../config/machines.ts";
import { dataPathOf, type RoleBoot } from "./facts.ts";
import { waitsForDataDisk } from "./units.ts";

export function databaseBoot(machine: MachinePlan): RoleBoot {
  return {
    scripts: ["database.sh"],
    variables: {},
    files: [
      { path: "/etc/kpaas/mariadb.cnf", content: mariadbConfig(`${dataPathOf(machine)}/data`) },
      waitsForDataDisk("mariadb", dataPathOf(machine)),
    ],
  };
}

/**
 * Renders MariaDB's settings: logins over TLS only. Host names play no part: every client comes through the gateway's address.
 */
export function mariadbConfig(dataDir: string): string {
  return `[mariadbd]
datadir = ${dataDir}
bind-address = 0.0.0.0
character-set-server = utf8mb4
skip-name-resolve
local-infile = 0
# The gateway's health checks open and close connections all the time.
max-connect-errors = 4294967295
log-warnings = 1
require-secure-transport = ON
tls-version = TLSv1.2,TLSv1.3
ssl-ca = /etc/mysql/kpaas/ca.crt
ssl-cert = /etc/mysql/kpaas/tls.crt
ssl-key = /etc/mysql/kpaas/tls.key
`;
}
