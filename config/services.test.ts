import { expect, test } from "vitest";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { gatewayAddress } from "./addresses.ts";
import { planMachines } from "./machines.ts";
import { gatewayHosts, nfsServer } from "./services.ts";

test("the gateway's names are those of the services behind it", () => {
  const environment = exampleEnvironment({ network: { domain: "example.org" } });
  expect(gatewayHosts(environment)).toEqual({
    address: gatewayAddress(environment),
    names: ["api.example.org", "registry.example.org", "database.example.org"],
  });
});

test("the NFS server is the storage machine", () => {
  const machines = planMachines(exampleEnvironment());
  const address = machines.find(({ role }) => role === "storage")?.privateIp;
  expect(nfsServer(machines)).toEqual({ address, path: "/kpaas" });
  expect(() => nfsServer([])).toThrow("storage machine");
});
