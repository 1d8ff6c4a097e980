import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleEnvironment, type RawEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { parseEnvironment } from "../parse.ts";
import { applicationFirewall, applicationRuleName } from "./firewall.ts";
import { platformSizes } from "./group.ts";
import { groupPortRules, planInstanceGroups } from "./plan.ts";

type RawPlatform = NonNullable<RawEnvironment["applicationPlatform"]>;

const onOpenStack = (platform: Partial<RawPlatform> = {}) =>
  parseEnvironment("test", {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", ...platform },
  });

const sourcesOf = (environment: ReturnType<typeof onOpenStack>, group: string, port: number) =>
  [...applicationFirewall(environment)]
    .filter(([name]) => name === group)
    .flatMap(([, rules]) => rules.filter(({ fromPort }) => fromPort === port).map(({ source }) => source));

test("without an application platform there is no group", () => {
  expect(applicationFirewall(exampleEnvironment()).size).toBe(0);
});

describe("the director", () => {
  const environment = onOpenStack();

  test.each([22, 6868, 25555, 8443, 8844])("port %d is the jump host's alone", (port) => {
    expect(sourcesOf(environment, "director", port)).toEqual([{ role: "jumphost" }]);
  });

  test.each([4222, 25250])("port %d is for agents on every VM", (port) => {
    expect(sourcesOf(environment, "director", port)).toEqual([{ cidr: "10.182.0.0/22" }]);
  });

  test("is the one way into VMs by SSH", () => {
    expect(sourcesOf(environment, "vms", 22)).toEqual([{ group: "director" }]);
  });
});

describe("the gateway", () => {
  test("a load balancer lets clients in, and VMs that come by its outer address", () => {
    const environment = onOpenStack({ gateway: "load-balancer", clientCidrs: ["198.51.100.0/24"] });
    const wanted = [{ cidr: "198.51.100.0/24" }, { cidr: "10.182.0.0/22" }, { outbound: true }];
    expect(sourcesOf(environment, "gateway", 443)).toEqual(wanted);
    expect(sourcesOf(environment, "gateway", 2222)).toEqual([{ cidr: "203.0.113.0/24" }]);
    expect(sourcesOf(environment, "router", 443)).toEqual([{ group: "gateway" }]);
  });

  test("haproxy's VM has its ports where there is no load balancer", () => {
    const environment = onOpenStack({ gateway: "haproxy", clientCidrs: ["198.51.100.0/24"] });
    expect([...applicationFirewall(environment).keys()]).not.toContain("gateway");
    expect(sourcesOf(environment, "haproxy", 1024)[0]).toEqual({ cidr: "198.51.100.0/24" });
    expect(sourcesOf(environment, "router", 443)).toEqual([{ group: "haproxy" }]);
  });
});

test("errands have groups, as BOSH names them, with no way in", () => {
  const firewall = applicationFirewall(onOpenStack());
  expect(firewall.get("smoke-tests")).toEqual([]);
});

test("a group that a setting makes absent keeps its firewall group, as VMs are in it until BOSH deletes them; nobody gets in", () => {
  const database = { kind: "external", host: "db.example.com", passwordsSecret: "cf-database" } as const;
  const [before, after] = [applicationFirewall(onOpenStack()), applicationFirewall(onOpenStack({ database }))];
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect(before.get("database")?.length).toBeGreaterThan(0);
  expect(after.get("database")).toEqual([]);
  expect([...after.values()].flat()).not.toContainEqual(expect.objectContaining({ source: { group: "database" } }));
});

const environments = fc
  .record({
    size: fc.constantFrom(...platformSizes),
    gateway: fc.constantFrom("haproxy" as const, "load-balancer" as const),
    clientCidrs: fc.constantFrom(["0.0.0.0/0"], ["203.0.113.0/24", "198.51.100.0/24"]),
  })
  .map(({ clientCidrs, ...platform }) => onOpenStack({ ...platform, clientCidrs: [...clientCidrs] }));

test("rules have names of their own within a group, and every group that one names is there", () => {
  fc.assert(
    fc.property(environments, (environment) => {
      const firewall = applicationFirewall(environment);
      for (const rules of firewall.values()) {
        const names = rules.map(applicationRuleName);
        expect(new Set(names).size).toBe(names.length);
        for (const { source } of rules) if ("group" in source) expect(firewall.has(source.group)).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});

test("it opens the ports that the plan tells of, and no others", () => {
  fc.assert(
    fc.property(environments, (environment) => {
      const gateway = environment.applicationPlatform?.gateway === "haproxy" ? "haproxy" : "gateway";
      const told = groupPortRules(environment).map(
        ({ group, protocol, fromPort }) => `${group === "gateway" ? gateway : group} ${protocol} ${fromPort}`,
      );
      const firewall = applicationFirewall(environment);
      const vms = (firewall.get("vms") ?? []).map(({ protocol, fromPort }) => `${protocol} ${fromPort}`);
      const present = [...planInstanceGroups(environment).map(({ name }) => name), "director"];
      const opened = [...firewall].flatMap(([group, rules]) => [
        ...(group === "vms" ? [] : rules.map(({ protocol, fromPort }) => `${group} ${protocol} ${fromPort}`)),
        ...(present.includes(group) ? vms.map((port) => `${group} ${port}`) : []),
      ]);
      expect(new Set(opened)).toEqual(new Set(told));
    }),
    { numRuns: 20 },
  );
});
