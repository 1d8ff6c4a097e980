import { describe, expect, test } from "vitest";
import type { PriceTable } from "../config/infrastructure/price-table.ts";
import { parseEnvironment } from "../config/parse.ts";
import { exampleEnvironment, type RawEnvironment } from "../tests/harness/environments/example-environment.ts";
import {
  applications,
  environment,
  type RawPlatform,
  without,
} from "../tests/harness/environments/planned-applications.ts";
import { exampleNames, exampleSettings } from "../tests/harness/environments/shipped-examples.ts";
import { planOf } from "./plan.ts";

const externalBlobs: RawPlatform["blobstore"] = {
  kind: "external",
  region: "kr-1",
  buckets: { buildpacks: "cf-b", droplets: "cf-d", packages: "cf-p", resources: "cf-r" },
  credentialsSecret: "cf-blobstore",
};

/** Sizes by default: the machine that runs `bosh`, and BOSH's own VM. */
const jumpHost = { memoryGiB: 4, diskGiB: 20, dataDiskGiB: 50 };
const director = { memoryGiB: 16, diskGiB: 5 + 25, dataDiskGiB: 64 };

const warningIds = (platform: Partial<RawPlatform>, zones?: number) => {
  // There is never more than one jump host.
  const known = new Set([...without.warnings.map(({ id }) => id), "single-jumphost"]);
  return planOf(environment(platform, zones))
    .warnings.map(({ id }) => id)
    .filter((id) => !known.has(id));
};

describe("groups", () => {
  test("each is named, with its VMs, machine type and place", () => {
    const router = applications({ size: "standard" }).groups.find(({ name }) => name === "router");
    expect(router).toMatchObject({
      count: 2,
      vmType: "minimal",
      machineType: "s",
      stateful: false,
      perZone: [1, 1, 0],
      vms: [
        { name: "router/0", zone: 1, zoneName: "a", addressRange: "10.182.0.16-10.182.0.252" },
        { name: "router/1", zone: 2, zoneName: "b", addressRange: "10.182.1.16-10.182.1.252" },
      ],
    });
  });

  test("database and blobstore keep state, on disks of their own", () => {
    const stateful = applications().groups.filter((group) => group.stateful);
    expect(stateful.map(({ name, dataDiskGiB }) => [name, dataDiskGiB])).toEqual([
      ["database", 10],
      ["singleton-blobstore", 100],
    ]);
  });

  test("operation's size has 29 VMs or more, which the totals count beside the machines", () => {
    const plan = planOf(environment({}));
    const { totals, groups } = applications();
    expect(totals.machines).toBeGreaterThanOrEqual(29);
    expect(totals.machines).toBe(groups.reduce((sum, { vms }) => sum + vms.length, 0));
    // The jump host and the director.
    expect(plan.totals.machines).toBe(without.totals.machines + totals.machines + 2);
    const besides = jumpHost.memoryGiB + director.memoryGiB;
    expect(plan.totals.memoryGiB).toBe(without.totals.memoryGiB + totals.memoryGiB + besides);
    expect(plan.totals.workers).toBe(without.totals.workers);
  });

  test("the container platform's part is as it is without one, but for the jump host, entered through the bastion", () => {
    const { groups, machines, ports, entryPoints } = planOf(environment({}));
    const others = <T extends { role: string }>(all: readonly T[]) => all.filter(({ role }) => role !== "jumphost");
    expect({ groups: others(groups), machines: others(machines), ports: others(ports), entryPoints }).toMatchObject({
      groups: without.groups,
      machines: without.machines,
      entryPoints: without.entryPoints,
    });
    expect(machines.filter(({ role }) => role === "jumphost")).toHaveLength(1);
    const ways = ports.filter(({ role, protocol }) => role === "jumphost" && protocol === "tcp");
    expect(ways).toMatchObject([{ fromPort: 22, fromRoles: ["bastion"], fromCidrs: [] }]);
  });
});

test("open ports name ranges for users, operators and VMs, and groups for the rest", () => {
  const { ports } = applications({ clientCidrs: ["0.0.0.0/0"] });
  const of = (group: string, port: number) =>
    ports.find(({ group: name, fromPort }) => name === group && fromPort === port);
  expect(of("gateway", 443)).toMatchObject({ fromGroups: [], fromCidrs: ["0.0.0.0/0", "10.182.0.0/22"] });
  expect(of("gateway", 2222)).toMatchObject({ fromGroups: [], fromCidrs: ["203.0.113.0/24"] });
  expect(of("router", 443)).toMatchObject({ fromGroups: ["gateway"], fromCidrs: [] });
  expect(of("doppler", 8082)).toMatchObject({ fromGroups: [], fromCidrs: ["10.182.0.0/22"] });
});

describe("warnings", () => {
  test("operation with its state outside has none", () => {
    expect(warningIds({ blobstore: externalBlobs })).toEqual([]);
  });

  test("what up would refuse is planned all the same, and told with why", () => {
    const planned = (environment: Parameters<typeof planOf>[0]) =>
      planOf(environment).warnings.find(({ id }) => id === "application-platform-is-planned-only");
    expect(planned(environment({}, 3, []))).toMatchObject({
      text: expect.stringContaining("infrastructure.dnsServers"),
    });
    const settings = exampleSettings("ibm-dev") as RawEnvironment;
    const onIbm = parseEnvironment("test", { ...settings, applicationPlatform: { systemDomain: "cf.example.com" } });
    expect(planned(onIbm)).toMatchObject({ text: expect.stringMatching(/up refuses it: .*cannot run on ibm/) });
    expect(planned(environment({}))).toBeUndefined();
  });

  test("one of each is told in one warning, the keepers of state apart", () => {
    const ids = warningIds({ size: "minimum", gateway: "haproxy" });
    expect(ids).toEqual([
      "single-application-vms",
      "single-application-database",
      "single-application-blobstore",
      "single-application-gateway",
    ]);
    const { warnings } = planOf(environment({ size: "minimum" }));
    const single = warnings.find(({ id }) => id === "single-application-vms")?.text ?? "";
    expect(single).toContain("router, tcp-router, scheduler, api");
    expect(single).not.toMatch(/database|blobstore|haproxy/);
  });

  test("an external database is no single machine", () => {
    const database = { kind: "external", host: "db.example.com", passwordsSecret: "cf-database" } as const;
    expect(warningIds({ database, blobstore: externalBlobs, size: "operation" })).toEqual([]);
    expect(warningIds({ blobstore: externalBlobs, groups: { database: { count: 1 } } })).toEqual([
      "single-application-database",
    ]);
  });

  test("two zones hold no majority of three databases", () => {
    const id = "application-database-majority-in-one-zone";
    expect(warningIds({ blobstore: externalBlobs }, 2)).toContain(id);
    expect(warningIds({ blobstore: externalBlobs }, 3)).not.toContain(id);
  });
});

test("VMs are asked of the quota as machines are, with a security group for each of theirs", () => {
  const needed = (plan: typeof without) => new Map(plan.quotas.map(({ name, needed }) => [name, needed]));
  const [before, after] = [needed(without), needed(planOf(environment({})))];
  const more = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const { totals, groups } = applications();
  // The jump host, the director, five VMs that compile, two errands.
  const machines = totals.machines + 9;
  expect(more("instances")).toBe(machines);
  expect(more("volumes")).toBe(machines + 6); // of three databases, the blobstore, the director and the jump host
  const passingGiB = 7 * 15;
  const boshGiB = jumpHost.diskGiB + jumpHost.dataDiskGiB + director.diskGiB + director.dataDiskGiB + passingGiB;
  expect(more("GiB of volumes")).toBe(totals.bootDiskGiB + totals.dataDiskGiB + boshGiB);
  expect(more("ports")).toBe(machines + 1 + 3); // the load balancer, and a router's in each zone
  expect(more("floating addresses")).toBe(1);
  expect(more("security groups")).toBe(groups.length + 6); // two errands', haproxy's, the director's, every VM's, the jump host's
  expect(more("security group rules")).toBeGreaterThan(groups.length * 4);
});

test.each([
  ["aws", "a network load balancer"],
  ["alibaba", "a classic load balancer"],
])(
  "on %s, where each port of the gateway is a listener, more of these are asked for than a load balancer has by default",
  (kind, balancer) => {
    const on = (gateway: "haproxy" | "load-balancer") =>
      planOf(
        parseEnvironment("test", {
          infrastructure: { kind },
          network: { adminCidrs: ["203.0.113.0/24"] },
          applicationPlatform: { systemDomain: "cf.example.com", gateway },
        }),
      );
    expect(on("load-balancer").quotas).toEqual([{ name: `listeners of ${balancer}`, needed: 104, usualLimit: 50 }]);
    expect(on("load-balancer").warnings.map(({ id }) => id)).toContain("above-usual-quota");
    expect(on("haproxy").quotas).toEqual([]);
  },
);

test("VMs cost what the machine types cost that they get, disks and gateway too", () => {
  const prices: PriceTable = {
    source: "a test",
    date: "2026-11-21",
    currency: "USD",
    regions: {
      "*": {
        machineTypes: { s: { perHour: 1 }, m: { perHour: 2 } },
        disks: { default: { perGiBMonth: 1 } },
        publicAddress: { perHour: 0 },
        loadBalancer: { perHour: 10 },
      },
    },
  };
  const monthly = (platform?: Partial<RawPlatform>) => {
    const { cost } = planOf(environment(platform), prices);
    return cost.status === "priced" ? { monthly: cost.monthly, unpriced: cost.unpriced } : undefined;
  };
  const { totals, groups } = applications();
  const hourly = groups.reduce((sum, { count, machineType }) => sum + count * (machineType === "m" ? 2 : 1), 0);
  const boshHourly = 1 + 2; // jump host, director
  const boshGiB = jumpHost.diskGiB + jumpHost.dataDiskGiB + director.diskGiB + director.dataDiskGiB;
  const expected = (hourly + boshHourly + 10) * 730 + totals.bootDiskGiB + totals.dataDiskGiB + boshGiB;
  expect((monthly({})?.monthly ?? 0) - (monthly()?.monthly ?? 0)).toBe(expected);
  expect(monthly({})?.unpriced).toEqual([]);
});

test("on local, which has no machine types and no prices, the plan is as whole", () => {
  const plan = planOf(exampleEnvironment({ applicationPlatform: { systemDomain: "cf.example.com" } }));
  expect(plan.applicationPlatform).toMatchObject({ size: "minimum", gateway: "haproxy" });
  expect(plan.cost.status).toBe("free");
  expect(plan.policies.passed).toBe(true);
  const ids = plan.warnings.map(({ id }) => id);
  expect(ids).not.toContain("application-platform-is-planned-only");
  // What keeps the containers apart on a cloud is not there.
  expect(ids).toContain("application-platform-in-containers");
});

test.each(exampleNames.filter((name) => name.endsWith("-operation")))(
  "%s can have one: every size has a machine type, and its policies are kept but those on what stands alone",
  (name) => {
    for (const size of ["minimum", "standard", "operation"] as const) {
      const settings = exampleSettings(name) as RawEnvironment;
      const plan = planOf(
        parseEnvironment(name, { ...settings, applicationPlatform: { systemDomain: "cf.example.com", size } }),
      );
      const { groups = [] } = plan.applicationPlatform ?? {};
      expect(groups.filter(({ machineType }) => !machineType)).toEqual([]);
      const broken = plan.policies.rules.filter(
        ({ level, violations }) => level === "mandatory" && violations.length > 0,
      );
      const allowed =
        size === "operation"
          ? []
          : ["application-platform-survives-a-machine", "application-platform-has-sizes-for-load"];
      expect(broken.map((rule) => rule.name).filter((rule) => !allowed.includes(rule))).toEqual([]);
    }
  },
);
