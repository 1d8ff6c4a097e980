import { expect, test } from "vitest";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { readServices } from "./services.ts";

test("a service without access is unknown, not failing", async () => {
  const services = await readServices({}, exampleEnvironment());
  expect(services.map(({ name, health }) => [name, health])).toEqual([
    ["Kubernetes API", "unknown"],
    ["registry", "unknown"],
    ["database", "unknown"],
    ["cluster-dns", "unknown"],
    ["flannel", "unknown"],
    ["storage", "unknown"],
  ]);
});

test("a service at whose address nobody listens is failing, with the reason", async () => {
  // Port 1 is nobody's on a machine without inetd.
  const registry = { name: "registry.test:5000", endpoint: "127.0.0.1:1", user: "u", password: "p", caCertPem: "" };
  const [, found] = await readServices({ registry }, exampleEnvironment());
  expect(found).toMatchObject({ name: "registry", health: "failing", endpoint: "127.0.0.1:1" });
  expect(found?.detail).toContain("ECONNREFUSED");
});
