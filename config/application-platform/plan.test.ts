import * as fc from "fast-check";
import { Address4 } from "ip-address";
import { describe, expect, test } from "vitest";
import { rawEnvironments } from "../../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment, type RawEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { parseEnvironment } from "../parse.ts";
import { applicationSubnets, groupPortRules, planInstanceGroups } from "./plan.ts";

type RawPlatform = NonNullable<RawEnvironment["applicationPlatform"]>;

function onOpenStack(platform: Partial<RawPlatform> = {}, settings: Partial<RawEnvironment> = {}) {
  return parseEnvironment("test", {
    purpose: "operation",
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    ...settings,
    applicationPlatform: { systemDomain: "cf.example.com", ...platform },
  });
}

const vmsOf = (environment: ReturnType<typeof onOpenStack>) =>
  planInstanceGroups(environment).flatMap(({ vms }) => vms);

describe("groups", () => {
  test("there are none without an application platform", () => {
    expect(planInstanceGroups(exampleEnvironment())).toEqual([]);
    expect(groupPortRules(exampleEnvironment())).toEqual([]);
  });

  test("the standard size has upstream's 29 VMs, and haproxy's where no load balancer is", () => {
    expect(vmsOf(onOpenStack({ size: "standard" }))).toHaveLength(29);
    expect(vmsOf(onOpenStack({ size: "standard", gateway: "haproxy" }))).toHaveLength(30);
  });

  test("the size follows the purpose", () => {
    expect(onOpenStack().applicationPlatform?.size).toBe("operation");
    expect(onOpenStack({}, { purpose: "development" }).applicationPlatform?.size).toBe("minimum");
    const minimum = onOpenStack({}, { purpose: "development" });
    expect(planInstanceGroups(minimum).every(({ vms }) => vms.length === 1)).toBe(true);
  });

  test("VMs are numbered from 0 and spread over the zones", () => {
    const cells = planInstanceGroups(onOpenStack({ groups: { "diego-cell": { count: 4 } } })).find(
      ({ name }) => name === "diego-cell",
    );
    expect(cells?.vms).toEqual([
      { name: "diego-cell/0", zone: 0 },
      { name: "diego-cell/1", zone: 1 },
      { name: "diego-cell/2", zone: 2 },
      { name: "diego-cell/3", zone: 0 },
    ]);
  });

  test("an override changes what it names and nothing else", () => {
    const groups = (platform: Partial<RawPlatform>) =>
      planInstanceGroups(onOpenStack(platform)).map(({ name, vmType, vms }) => [name, vmType, vms.length]);
    const changed = groups({ groups: { router: { vmType: "medium" } } });
    expect(changed.find(([name]) => name === "router")).toEqual(["router", "medium", 3]);
    expect(changed.filter(([name]) => name !== "router")).toEqual(groups({}).filter(([name]) => name !== "router"));
  });

  test("what is external has no VMs, and nobody may connect to what is absent", () => {
    const external = onOpenStack({
      database: { kind: "external", engine: "postgres", host: "db.example.com", passwordsSecret: "cf-database" },
      blobstore: {
        kind: "external",
        region: "ap-northeast-2",
        buckets: { buildpacks: "kp-b", droplets: "kp-d", packages: "kp-p", resources: "kp-r" },
        credentialsSecret: "cf-blobstore",
      },
    });
    const names = planInstanceGroups(external).map(({ name }) => name);
    expect(names).not.toContain("database");
    expect(names).not.toContain("singleton-blobstore");
    const peers = new Set(groupPortRules(external).flatMap(({ group, from }) => [group, ...from]));
    for (const absent of ["database", "singleton-blobstore", "haproxy"]) expect([...peers]).not.toContain(absent);
    expect(external.applicationPlatform?.database).toMatchObject({ port: 5432 });
  });

  test("cells and the API have the ephemeral disk that upstream's extensions give them", () => {
    const disks = new Map(planInstanceGroups(onOpenStack()).map(({ name, size }) => [name, size.diskGiB]));
    expect([disks.get("diego-cell"), disks.get("api"), disks.get("router")]).toEqual([105, 55, 15]);
  });

  test("every valid file: names are unique, and each zone has an address for each of its VMs", () => {
    fc.assert(
      fc.property(rawEnvironments, (raw) => {
        const environment = exampleEnvironment(raw);
        const vms = planInstanceGroups(environment).flatMap((group) => group.vms);
        expect(new Set(vms.map(({ name }) => name)).size).toBe(vms.length);
        const { applicationPlatform, network } = environment;
        if (!applicationPlatform) return;
        for (const { zone, room } of applicationSubnets(applicationPlatform, network.zones))
          expect(vms.filter((vm) => vm.zone === zone).length).toBeLessThanOrEqual(room);
      }),
    );
  });
});

test("subnets lie side by side in the range, each with its addresses inside", () => {
  const subnets = applicationSubnets({ cidr: "10.182.0.0/22" }, 3);
  expect(subnets.map(({ cidr }) => cidr)).toEqual(["10.182.0.0/24", "10.182.1.0/24", "10.182.2.0/24"]);
  expect(subnets[1]).toEqual({
    zone: 1,
    cidr: "10.182.1.0/24",
    gateway: "10.182.1.1",
    cloudAddresses: { cidr: "10.182.1.8/29", start: "10.182.1.8", end: "10.182.1.15" },
    addresses: { start: "10.182.1.16", end: "10.182.1.252" },
    room: 237,
  });
  for (const { cidr, addresses } of subnets)
    for (const address of Object.values(addresses))
      expect(new Address4(address).isInSubnet(new Address4(cidr))).toBe(true);
});

describe("open ports", () => {
  const rules = groupPortRules(onOpenStack({ clientCidrs: ["0.0.0.0/0"] }));

  test("the gateway has K-PaaS's ports, SSH into applications for operators only", () => {
    const gateway = rules.filter(({ group }) => group === "gateway");
    expect(gateway.map(({ fromPort, toPort, from }) => [fromPort, toPort, from.join("+")])).toEqual([
      [80, 80, "clients+vms"],
      [443, 443, "clients+vms"],
      [4443, 4443, "clients+vms"],
      [1024, 1123, "clients+vms"],
      [2222, 2222, "admin"],
    ]);
  });

  test("nothing behind the gateway lets anybody in from outside", () => {
    const inside = rules.filter(({ group }) => group !== "gateway");
    expect(inside.flatMap(({ from }) => from).filter((peer) => peer === "clients" || peer === "admin")).toEqual([]);
  });

  test("two ports of the gateway that lead to one are one rule", () => {
    const https = rules.filter(({ group, fromPort }) => group === "router" && fromPort === 443);
    expect(https).toHaveLength(1);
    expect(https[0]?.from).toEqual(["gateway"]);
  });

  test("SSH comes through the director, and to it through the jump host", () => {
    const ssh = groupPortRules(onOpenStack()).filter(({ fromPort }) => fromPort === 22);
    const from = (wanted: (group: string) => boolean) =>
      new Set(ssh.filter(({ group }) => wanted(group)).flatMap(({ from }) => from));
    expect(from((group) => group !== "director")).toEqual(new Set(["director"]));
    expect(from((group) => group === "director")).toEqual(new Set(["director", "jumphost"]));
  });
});
