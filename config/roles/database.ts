import { z } from "zod";
import { isUnique, text } from "../formats.ts";
import { dataDiskGiB, generation, size } from "../machine-fields.ts";
import { must } from "../problems.ts";
import { commonPackages } from "./packages.ts";
import type { SupportRoleFacts } from "./role.ts";

const reservedLogins = [
  "root",
  "mysql",
  "mariadb",
  "public",
  "sys",
  "information_schema",
  "performance_schema",
  "test",
];

const consumer = text(
  "be a database name: lower-case letters and digits, parts joined by single underscores, at most 32 in all",
  (name) => /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) && name.length <= 32,
).refine((name) => !reservedLogins.includes(name), {
  error: must("not be one of the database server's own names", `these are taken: ${reservedLogins.join(", ")}`),
});

/** The metadata database. */
export const database = {
  platform: "container",
  settings: z
    .strictObject({
      size: size(2, 4, 20),
      dataDiskGiB: dataDiskGiB(50),
      generation,
      consumers: z
        .array(consumer)
        .refine(isUnique, { error: must("name every consumer once") })
        .default(["portal"])
        .describe("One database, one user and one generated password for each."),
    })
    .prefault({})
    .describe("Metadata database."),
  tier: "platform",
  block: { offset: 20, size: 4 },
  component: "kpaas:index:MetadataDatabase",
  keepsState: true,
  dataPath: "/var/lib/mysql",
  packages: [...commonPackages, "mariadb-server"],
  units: ["mariadb"],
  certificates: { database: "/etc/mysql/kpaas/tls.crt" },
  leastInOperation: { vcpus: 2, memoryGiB: 4, dataDiskGiB: 50 },
  outage: { severity: "medium", loss: "the platform's metadata cannot be read or written" },
  colour: { light: "#b0470b", dark: "#ff9e64" },
} as const satisfies SupportRoleFacts;
