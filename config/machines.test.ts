import * as fc from "fast-check";
import { Address4 } from "ip-address";
import { describe, expect, test } from "vitest";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import {
  gatewayAddress,
  networkGateway,
  roleBlocks,
  tierOf,
  tierSubnets,
  workersRoom,
  zoneRanges,
} from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { planMachines } from "./machines.ts";
import { parseEnvironment } from "./parse.ts";
import { roles } from "./roles/index.ts";

/** Valid environments of one to three zones, as infrastructures with zones will have them. */
const environments: fc.Arbitrary<Environment> = fc
  .tuple(rawEnvironments, fc.constantFrom(1, 2, 3))
  .map(([raw, zones]) => {
    const environment = parseEnvironment("dev", raw);
    const prefix = new Address4(environment.network.cidr).subnetMask;
    const roomy = prefix <= 23 ? zones : 1;
    return { ...environment, network: { ...environment.network, zones: roomy } };
  });

const inside = (address: string, range: string) => new Address4(address).isInSubnet(new Address4(range));
const overlap = (one: string, other: string) => inside(one, other) || inside(other, one);

function pairs<T>(values: T[]): [T, T][] {
  return values.flatMap((value, index) => values.slice(index + 1).map((other): [T, T] => [value, other]));
}

describe("the address plan", () => {
  test("in numbers: 3 masters in 3 zones of a /22", () => {
    const network = { cidr: "10.20.0.0/22", zones: 3 };
    expect(zoneRanges({ network })).toEqual(["10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"]);
    expect(roleBlocks({ network }, "haproxy")).toEqual(["10.20.0.8/29", "10.20.1.8/29", "10.20.2.8/29"]);
    expect(roleBlocks({ network }, "master")[1]).toBe("10.20.1.72/29");
    expect(roleBlocks({ network }, "registry")[0]).toBe("10.20.0.80/30");
    expect(roleBlocks({ network }, "database")[0]).toBe("10.20.0.84/30");
    expect(roleBlocks({ network }, "storage")[0]).toBe("10.20.0.88/30");
    expect(roleBlocks({ network }, "worker")[2]).toBe("10.20.2.128/25");
    expect(workersRoom({ network })).toBe(119);
    expect(networkGateway({ network })).toBe("10.20.0.1");
    expect(gatewayAddress({ network })).toBe("10.20.0.8");
  });

  test("zones' subnets are inside the range and disjoint", () => {
    fc.assert(
      fc.property(environments, (environment) => {
        const subnets = zoneRanges(environment);
        expect(subnets).toHaveLength(environment.network.zones);
        for (const subnet of subnets) expect(inside(subnet, environment.network.cidr)).toBe(true);
        expect(pairs(subnets).filter(([one, other]) => overlap(one, other))).toEqual([]);
      }),
    );
  });

  test("a zone's parts are a subnet each, disjoint, with the roles' blocks clear of what clouds keep at both ends", () => {
    expect(tierSubnets({ network: { cidr: "10.20.0.0/23", zones: 2 } }).map(({ name, cidr }) => [name, cidr])).toEqual([
      ["front-1", "10.20.0.0/26"],
      ["platform-1", "10.20.0.64/26"],
      ["workers-1", "10.20.0.128/25"],
      ["front-2", "10.20.1.0/26"],
      ["platform-2", "10.20.1.64/26"],
      ["workers-2", "10.20.1.128/25"],
    ]);
    fc.assert(
      fc.property(environments, (environment) => {
        const subnets = tierSubnets(environment);
        expect(pairs(subnets).filter(([one, other]) => overlap(one.cidr, other.cidr))).toEqual([]);
        for (const role of roles.filter((role) => role !== "worker"))
          for (const [zone, block] of roleBlocks(environment, role).entries()) {
            const subnet = subnets.find((each) => each.tier === tierOf(role) && each.zone === zone);
            const [part, own] = [new Address4(subnet?.cidr as string), new Address4(block)];
            expect(own.startAddress().bigInt() - part.startAddress().bigInt()).toBeGreaterThanOrEqual(6n);
            expect(part.endAddress().bigInt() - own.endAddress().bigInt()).toBeGreaterThanOrEqual(3n);
          }
      }),
    );
  });

  test("roles' blocks are aligned, inside their zone and disjoint, and leave the router its address", () => {
    fc.assert(
      fc.property(environments, (environment) => {
        const subnets = zoneRanges(environment);
        const blocks = roles.flatMap((role) => roleBlocks(environment, role).map((block, zone) => ({ block, zone })));
        for (const { block, zone } of blocks) {
          expect(`${new Address4(block).startAddress().correctForm()}`).toBe(block.split("/")[0]);
          expect(inside(block, subnets[zone] as string)).toBe(true);
        }
        const taken = [networkGateway(environment), ...blocks.map(({ block }) => block)];
        expect(pairs(taken).filter(([one, other]) => overlap(one, other))).toEqual([]);
      }),
    );
  });
});

describe("the machine plan", () => {
  test("of the smallest file", () => {
    const plan = planMachines(exampleEnvironment());
    expect(plan.map(({ name, hostname, privateIp, dataDisk }) => [name, hostname, privateIp, dataDisk])).toEqual([
      ["haproxy-1", "test-haproxy-1", "10.180.0.8", undefined],
      ["master-1", "test-master-1", "10.180.0.72", { sizeGiB: 20, mountPath: "/var/lib/etcd" }],
      ["registry", "test-registry", "10.180.0.80", { sizeGiB: 100, mountPath: "/var/lib/docker-registry" }],
      ["database", "test-database", "10.180.0.84", { sizeGiB: 50, mountPath: "/var/lib/mysql" }],
      ["storage", "test-storage", "10.180.0.88", { sizeGiB: 200, mountPath: "/srv/kpaas" }],
      ["worker-1", "test-worker-1", undefined, undefined],
    ]);
  });

  test("behind a load balancer has no HAProxy machine, and every other one where it was", () => {
    const cloud = { infrastructure: { kind: "openstack" }, network: { adminCidrs: ["203.0.113.0/24"] } };
    const plan = (containerPlatform: object) => planMachines(parseEnvironment("test", { ...cloud, containerPlatform }));
    const behindMachine = plan({ gateway: "haproxy" });
    expect(behindMachine.map(({ role }) => role)).toContain("haproxy");
    expect(plan({ gateway: "load-balancer" })).toEqual(behindMachine.filter(({ role }) => role !== "haproxy"));
  });

  test("spreads machines round-robin over the zones", () => {
    const environment = exampleEnvironment({ containerPlatform: { masters: { count: 5 } } });
    const zoned = { ...environment, network: { ...environment.network, cidr: "10.180.0.0/22", zones: 3 } };
    const masters = planMachines(zoned).filter(({ role }) => role === "master");
    expect(masters.map(({ zone, privateIp }) => [zone, privateIp])).toEqual([
      [0, "10.180.0.72"],
      [1, "10.180.1.72"],
      [2, "10.180.2.72"],
      [0, "10.180.0.73"],
      [1, "10.180.1.73"],
    ]);
  });

  test("fixed addresses are unique, in their zone's subnet and in their role's block; workers have none", () => {
    fc.assert(
      fc.property(environments, (environment) => {
        const plan = planMachines(environment);
        const addresses = plan.flatMap(({ privateIp }) => privateIp ?? []);
        expect(new Set(addresses).size).toBe(addresses.length);
        for (const { role, zone, privateIp } of plan) {
          expect(privateIp === undefined).toBe(role === "worker");
          if (!privateIp) continue;
          expect(inside(privateIp, zoneRanges(environment)[zone] as string)).toBe(true);
          expect(inside(privateIp, roleBlocks(environment, role)[zone] as string)).toBe(true);
        }
      }),
    );
  });

  test("names are unique, and host names fit DNS", () => {
    fc.assert(
      fc.property(environments, (environment) => {
        const plan = planMachines(environment);
        expect(new Set(plan.map(({ name }) => name)).size).toBe(plan.length);
        for (const { hostname } of plan) expect(hostname).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  test("one worker more changes no other machine's plan, whichever pool it joins", () => {
    fc.assert(
      fc.property(environments, fc.nat(), (environment, choice) => {
        const { workerPools } = environment.containerPlatform;
        const grown = workerPools[choice % workerPools.length]?.name;
        const larger = {
          ...environment,
          containerPlatform: {
            ...environment.containerPlatform,
            workerPools: workerPools.map((pool) => (pool.name === grown ? { ...pool, count: pool.count + 1 } : pool)),
          },
        };
        const before = planMachines(environment);
        const names = new Set(before.map(({ name }) => name));
        const [added, kept] = [false, true].map((known) =>
          planMachines(larger).filter(({ name }) => names.has(name) === known),
        );
        expect(added?.map(({ pool }) => pool)).toEqual([grown]);
        expect(kept).toEqual(before);
      }),
    );
  });
});
