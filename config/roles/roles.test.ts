import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import type { Environment } from "../environment.ts";
import { machineSetsOf } from "../machine-sets.ts";
import { planMachines } from "../machines.ts";
import { parseEnvironment } from "../parse.ts";
import { backendRoles, gatewayPorts, gatewayServices, portRules } from "../ports.ts";
import { innerComponents, isSupportRole, roleFacts, roles, supportRoles } from "./index.ts";

/** Has machines of every role. */
const everything: Environment = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  applicationPlatform: { systemDomain: "cf.example.com" },
});
const machines = planMachines(everything);

/** Files of this folder that hold no role. */
const shared = ["index", "node", "packages", "role", "roles.test"];

test("each file of config/roles is in the list of config/roles/index.ts", () => {
  const files = readdirSync(import.meta.dirname).map((name) => name.replace(/\.ts$/, ""));
  expect(files.filter((name) => !shared.includes(name)).sort()).toEqual([...roles].sort());
});

test("each role has a component of its own", () => {
  const components = roles.map((role) => roleFacts[role].component);
  expect(new Set(components).size).toBe(roles.length);
});

test("every component behind the front is one whose machines have no public address", () => {
  const front = ["kpaas:index:Bastion", "kpaas:index:HaProxy"];
  expect(innerComponents().sort()).toEqual(
    roles
      .map((role) => roleFacts[role].component)
      .filter((component) => !front.includes(component))
      .sort(),
  );
});

describe.each(roles)("%s", (role) => {
  const facts = roleFacts[role];
  const own = machines.filter((machine) => machine.role === role);

  test("has machines in an environment that has everything (config/machine-sets.ts)", () => {
    expect(own).not.toEqual([]);
    expect(machineSetsOf(everything, role)).not.toEqual([]);
  });

  test("has a port rule of its own, or says that it serves SSH only (config/ports.ts)", () => {
    const rules = portRules(everything).filter((rule) => rule.role === role && rule.protocol === "tcp");
    const isSshOnly = rules.every(({ fromPort }) => fromPort === 22);
    expect(isSshOnly).toBe(facts.servesOnlySsh === true);
  });

  test("has a block of addresses that is a CIDR, clear of what clouds keep, and of every other role's", () => {
    const { block, tier } = facts;
    if (!block) return expect(tier).toBe("workers");
    expect([Math.log2(block.size) % 1, block.offset % block.size]).toEqual([0, 0]);
    expect(block.offset).toBeGreaterThanOrEqual(6);
    // The platform's part of the smallest zone, a /25, has 32 addresses.
    expect(block.offset + block.size).toBeLessThanOrEqual(29);
    const others = roles.filter((other) => other !== role && roleFacts[other].tier === tier);
    const overlaps = others.filter((other) => {
      const { offset, size } = roleFacts[other].block ?? { offset: 0, size: 0 };
      return offset < block.offset + block.size && block.offset < offset + size;
    });
    expect(overlaps).toEqual([]);
  });

  test("keeps its state, where it has any, on a data disk, and is made anew by its generation", () => {
    expect(facts.dataPath !== undefined).toBe(facts.keepsState === true);
    for (const { dataDisk, generation } of own) {
      expect(dataDisk?.mountPath).toBe(facts.dataPath);
      expect(generation).toBe(1);
    }
  });

  test("has no less in its defaults than it needs in operation", () => {
    const { vcpus, memoryGiB, dataDiskGiB = 0 } = facts.leastInOperation;
    for (const { size, dataDisk } of own) {
      expect(size.vcpus).toBeGreaterThanOrEqual(vcpus);
      expect(size.memoryGiB).toBeGreaterThanOrEqual(memoryGiB);
      expect(dataDisk?.sizeGiB ?? 0).toBeGreaterThanOrEqual(dataDiskGiB);
    }
  });

  test("has names and paths that a shell takes as they are: packages, units, certificates", () => {
    expect(facts.packages).toEqual(expect.arrayContaining(["ca-certificates", "curl", "iproute2", "openssl"]));
    for (const word of [...facts.packages, ...facts.units]) expect(word).toMatch(/^[a-z0-9][a-z0-9.+@-]*$/);
    for (const path of Object.values(facts.certificates)) expect(path).toMatch(/^\/[a-z0-9./_-]+\.(crt|pem)$/);
  });

  test("has units that `status` asks about, unless it serves SSH only", () => {
    expect(facts.units.length > 0).toBe(!facts.servesOnlySsh);
  });

  test("has a colour for light screens and one for dark ones", () => {
    expect(Object.values(facts.colour)).toEqual([expect.stringMatching(hex), expect.stringMatching(hex)]);
  });

  test("has a health check only where the gateway makes one", () => {
    const isBackend = Object.values(backendRoles).includes(role);
    if (facts.healthCheck) expect(isBackend).toBe(true);
  });
});

const hex = /^#[0-9a-f]{6}$/;

describe.each(gatewayServices)("the gateway's service %s", (service) => {
  const open = (role: string) =>
    portRules(exampleEnvironment()).filter((rule) => rule.role === role && rule.fromPort === gatewayPorts[service]);

  test("is open on the gateway", () => {
    expect(open("haproxy")).not.toEqual([]);
  });

  test("is open to the gateway on the machines behind it", () => {
    expect(open(backendRoles[service]).flatMap(({ from }) => from)).toContain("haproxy");
  });
});

test("a support role has its settings below containerPlatform, by its own name", () => {
  for (const role of Object.keys(supportRoles).filter((name) => isSupportRole(name as never)))
    expect(everything.containerPlatform).toHaveProperty(role);
});
