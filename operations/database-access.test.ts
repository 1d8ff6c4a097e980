import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import { databaseAccess } from "./database-access.ts";

const environment = parseEnvironment("office", { infrastructure: { kind: "local" } });
const database = (passwords: Record<string, string>) => ({
  endpoint: "127.0.0.1:40321",
  passwords,
  caCertPem: "the CA",
});

test("the only consumer is meant where none is named", () => {
  expect(databaseAccess(environment, database({ portal: "secret" }))).toEqual({
    consumer: "portal",
    host: "127.0.0.1",
    port: 40321,
    hostInCluster: "database.office.kpaas.internal",
    portInCluster: 3306,
    user: "portal",
    database: "portal",
    password: "secret",
    tlsServerName: "database.office.kpaas.internal",
    caCertPem: "the CA",
  });
});

test.each([
  [{ portal: "a", catalog: "b" }, undefined, "which consumer of office's database?", "its consumers: catalog, portal"],
  [{}, undefined, "which consumer", "name them in containerPlatform.database.consumers"],
  [{ portal: "a" }, "portl", "office's database has no consumer portl", "did you mean portal?"],
  [{ portal: "a" }, "constructor", "office's database has no consumer constructor", "its consumers: portal"],
])("of %j, %s is answered by a question or a refusal, without a password", (passwords, given, message, next) => {
  expect(() => databaseAccess(environment, database(passwords as Record<string, string>), given)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), next: expect.stringContaining(next) }),
  );
});
