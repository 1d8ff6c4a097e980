import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import { portRules } from "../config/ports.ts";
import type { Role } from "../config/roles/index.ts";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { firewallRules } from "./firewall.ts";

const roles: Role[] = ["haproxy", "master", "worker", "registry", "database", "storage"];

test("the gateway's rules name each administrator's range and each role on its own", () => {
  const adminCidrs = ["203.0.113.0/24", "198.51.100.7/32"];
  const environment = exampleEnvironment({ network: { adminCidrs } });
  const api = firewallRules(environment, "haproxy").filter(({ fromPort }) => fromPort === 6443);
  expect(api).toEqual(
    [{ cidr: "203.0.113.0/24" }, { cidr: "198.51.100.7/32" }, { role: "master" }, { role: "worker" }].map((source) => ({
      protocol: "tcp",
      fromPort: 6443,
      toPort: 6443,
      source,
      purpose: "API server",
    })),
  );
});

test("the database listens to the gateway, and to echo requests from the platform's own range", () => {
  expect(firewallRules(exampleEnvironment(), "database")).toMatchObject([
    { protocol: "tcp", fromPort: 3306, toPort: 3306, source: { role: "haproxy" } },
    { protocol: "icmp", source: { cidr: "10.180.0.0/24" } },
  ]);
});

test("only the gateway has rules for sources outside the platform, and only the named ones", () => {
  fc.assert(
    fc.property(rawEnvironments, (raw) => {
      const environment = parseEnvironment("dev", raw);
      for (const role of roles)
        for (const { source, protocol } of firewallRules(environment, role)) {
          if (!("cidr" in source)) continue;
          if (protocol === "icmp") expect(source.cidr).toBe(environment.network.cidr);
          else expect([role, environment.network.adminCidrs.includes(source.cidr)]).toEqual(["haproxy", true]);
        }
    }),
  );
});

test("every rule of the port table reaches its role, and no other rule does", () => {
  fc.assert(
    fc.property(rawEnvironments, (raw) => {
      const environment = parseEnvironment("dev", raw);
      const admins = environment.network.adminCidrs.length;
      for (const role of roles) {
        const expected = portRules(environment)
          .filter((rule) => rule.role === role)
          .flatMap(({ from, purpose }) =>
            from
              .filter((peer) => peer !== "pods")
              .flatMap((peer) => Array(peer === "admin" ? admins : 1).fill(purpose)),
          );
        expect(firewallRules(environment, role).map(({ purpose }) => purpose)).toEqual(expected);
      }
    }),
  );
});

test("the same environment always gives the same rules in the same order", () => {
  const render = () => JSON.stringify(roles.map((role) => firewallRules(exampleEnvironment(), role)));
  expect(render()).toBe(render());
});
