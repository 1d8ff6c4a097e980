import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Environment } from "../config/environment.ts";
import { known } from "../config/infrastructure/absent.ts";
import { infrastructures } from "../config/infrastructure/catalog.ts";
import type { PriceTable } from "../config/infrastructure/price-table.ts";
import { parseEnvironment } from "../config/parse.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { type Cost, money } from "./cost.ts";
import { planOf } from "./plan.ts";
import { readPriceTable, shippedPriceTable } from "./price-table.ts";

const environment = (region?: string) =>
  parseEnvironment("test", {
    infrastructure: { kind: "openstack", region },
    network: { adminCidrs: ["203.0.113.0/24"] },
  });

const table = (machineTypes: Record<string, { perHour: number }>, region = "*"): PriceTable => ({
  source: "test",
  date: "2026-01-31",
  currency: "KRW",
  regions: { [region]: { machineTypes, disks: { default: { perGiBMonth: 100 } }, publicAddress: { perHour: 5 } } },
});

const all = { "m1.small": { perHour: 10 }, "m1.medium": { perHour: 20 }, "m1.xlarge": { perHour: 80 } };

function priced(cost: Cost): Extract<Cost, { status: "priced" }> {
  if (cost.status !== "priced") throw new Error(`not priced: ${cost.status}`);
  return cost;
}

test("a month is 730 hours of every machine, the disks' GiB, and the addresses", () => {
  const cost = priced(planOf(environment(), table(all)).cost);
  expect(Object.fromEntries(cost.lines.map(({ item, quantity, monthly }) => [item, [quantity, monthly]]))).toEqual({
    "m1.small": [1, 7300],
    "m1.medium": [4, 4 * 14_600],
    "m1.xlarge": [2, 2 * 58_400],
    // Boot disks of seven machines: 260; data disks of registry, database, storage and the master: 100 + 50 + 200 + 20.
    default: [630, 63_000],
    "public address": [2, 7300],
  });
  expect(cost.monthly).toBe(7300 + 4 * 14_600 + 2 * 58_400 + 63_000 + 7300);
  expect(cost.unpriced).toEqual([]);
});

test("what has no price is named and left out of the sum, never guessed", () => {
  const { "m1.xlarge": _, ...others } = all;
  const [whole, part] = [
    priced(planOf(environment(), table(all)).cost),
    priced(planOf(environment(), table(others)).cost),
  ];
  expect(part.unpriced).toEqual(["m1.xlarge"]);
  expect(part.lines.find(({ item }) => item === "m1.xlarge")).not.toHaveProperty("monthly");
  expect(whole.monthly - part.monthly).toBe(2 * 58_400);
});

test("prices hold for their region only, unless the table says for any", () => {
  expect(planOf(environment("west"), table(all, "east")).cost.status).toBe("no-price-table");
  expect(planOf(environment(), table(all, "east")).cost.status).toBe("no-price-table");
  expect(priced(planOf(environment("east"), table(all, "east")).cost).table.region).toBe("east");
  expect(priced(planOf(environment("west"), table(all)).cost).table.region).toBe("*");
});

/** Gives an environment of two zones, with a bastion. */
const ofTwoZones = (kind: string, gateway?: "load-balancer") =>
  parseEnvironment("test", {
    infrastructure: { kind, ...existing[kind] },
    network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { gateway, haproxy: gateway ? undefined : { count: 1 } },
  });

const quantities = (kind: string, gateway?: "load-balancer") => quantitiesOf(ofTwoZones(kind, gateway));

function quantitiesOf(environment: Environment) {
  const { cost } = planOf(environment);
  if (cost.status === "free") throw new Error(`${environment.infrastructure.kind} bills`);
  const {
    address = 0,
    natGateway = 0,
    loadBalancer = 0,
  } = Object.fromEntries(cost.lines.map(({ kind, quantity }) => [kind, quantity]));
  return { address, natGateway, loadBalancer };
}

/** Settings that infrastructures ask for which have no default zones, or whose networks are made in the console. */
const existing: Record<string, object> = {
  openstack: { availabilityZones: ["a", "b"] },
  nhn: { availabilityZones: ["a", "b"], network: "net", image: "ubuntu" },
  kt: { availabilityZones: ["a", "b"], network: "net", image: "ubuntu" },
};

// Addresses are the gateway's, the bastion's and the NAT gateways'.
test.each([
  ["alibaba", { address: 3, natGateway: 1, loadBalancer: 0 }],
  ["aws", { address: 4, natGateway: 2, loadBalancer: 0 }],
  ["azure", { address: 4, natGateway: 2, loadBalancer: 0 }],
  ["gcp", { address: 3, natGateway: 1, loadBalancer: 0 }],
  ["ibm", { address: 4, natGateway: 0, loadBalancer: 0 }],
  ["kt", { address: 2, natGateway: 0, loadBalancer: 0 }],
  ["naver", { address: 4, natGateway: 2, loadBalancer: 0 }],
  ["nhn", { address: 2, natGateway: 0, loadBalancer: 0 }],
  ["openstack", { address: 2, natGateway: 0, loadBalancer: 0 }],
  ["tencent", { address: 3, natGateway: 1, loadBalancer: 0 }],
])("%s bills the addresses and NAT gateways of two zones", (kind, billed) => expect(quantities(kind)).toEqual(billed));

test.each([
  ["alibaba", { address: 4, natGateway: 1, loadBalancer: 2 }],
  ["aws", { address: 5, natGateway: 2, loadBalancer: 2 }],
  ["nhn", { address: 2, natGateway: 0, loadBalancer: 1 }],
  ["openstack", { address: 2, natGateway: 0, loadBalancer: 1 }],
  ["tencent", { address: 2, natGateway: 1, loadBalancer: 1 }],
])("%s bills its load balancers where they are the gateway", (kind, billed) =>
  expect(quantities(kind, "load-balancer")).toEqual(billed),
);

// A classic load balancer of Alibaba's comes with its address, a public one of AWS' has one in each zone.
test.each([
  ["alibaba", { address: 0, loadBalancer: 1 }],
  ["aws", { address: 2, loadBalancer: 1 }],
  ["gcp", { address: 1, loadBalancer: 0 }],
])("%s bills besides what stands before the application platform", (kind, more) => {
  const environment = ofTwoZones(kind);
  const { applicationPlatform } = parseEnvironment("test", {
    infrastructure: { kind },
    network: { adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com" },
  });
  const [without, withOne] = [quantitiesOf(environment), quantitiesOf({ ...environment, applicationPlatform })];
  expect({
    address: withOne.address - without.address,
    loadBalancer: withOne.loadBalancer - without.loadBalancer,
  }).toEqual(more);
});

test("a NAT gateway billed by the machines behind it costs no more than its price an hour", () => {
  const google = parseEnvironment("test", {
    infrastructure: { kind: "gcp" },
    network: { adminCidrs: ["203.0.113.0/24"] },
  });
  const natGateway = (perHour: number) => {
    const prices = { machineTypes: {}, disks: {}, natGateway: { perHour, perMachineHour: 2 } };
    const plan = planOf(google, { ...table({}), regions: { "*": prices } });
    const behind = plan.machines.filter(({ role }) => role !== "haproxy" && role !== "bastion").length;
    return { behind, monthly: priced(plan.cost).monthly };
  };
  const { behind, monthly } = natGateway(1000);
  expect(monthly).toBe(730 * 2 * behind);
  expect(natGateway(3).monthly).toBe(730 * 3);
});

test("local costs nothing", () => expect(planOf(exampleEnvironment(), table(all)).cost.status).toBe("free"));

test("amounts have their currency's own decimals", () => {
  expect([money(1234.5, "USD"), money(1_234_567, "KRW")]).toEqual(["USD 1,234.50", "KRW 1,234,567"]);
});

describe("tables", () => {
  const folder = mkdtempSync(join(tmpdir(), "kpaas-prices-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string) => {
    writeFileSync(join(folder, "table.json"), text);
    return join(folder, "table.json");
  };

  test("of the repository are sound", () => {
    const kinds = [...infrastructures()].filter(([, { prices }]) => known(prices)).map(([kind]) => kind);
    expect(kinds).toEqual(["alibaba", "aws", "azure", "gcp", "tencent"]);
    for (const kind of kinds) expect(shippedPriceTable(kind)?.source).toMatch(/\S/);
  });

  // As the table in docs/plan.md says.
  test.each([
    ["alibaba", ["ecs.u1-c1m1.large", "ecs.u1-c1m2.large", "cloud_essd", "public address", "NAT gateway"]],
    ["aws", ["NAT gateway"]],
    ["azure", ["Standard_B2ls_v2", "Premium_LRS", "public address", "NAT gateway"]],
    ["gcp", []],
    ["tencent", ["S5.MEDIUM2", "S5.MEDIUM4", "S5.LARGE16"]],
  ])("%s's is of the default region, and lacks no more than what is told", (kind, lacking) => {
    const environment = ofTwoZones(kind);
    const cost = priced(planOf(environment, shippedPriceTable(kind)).cost);
    expect(cost.table.region).toBe(environment.infrastructure.region);
    expect(cost.unpriced).toEqual(lacking);
  });

  test.each(["ibm", "kt", "naver", "nhn", "openstack"])("are none of %s, where no price could be sourced", (kind) =>
    expect(shippedPriceTable(kind)).toBeUndefined(),
  );

  test("are read as written", () => expect(readPriceTable(file(JSON.stringify(table(all))))).toEqual(table(all)));

  test.each([
    ["{", /is not JSON/],
    [JSON.stringify({ ...table(all), currency: "won" }), /currency/],
    [JSON.stringify(table({ "m1.small": { perHour: -1 } })), /m1\.small/],
    [JSON.stringify({ ...table(all), date: "yesterday" }), /date/],
  ])("%s is refused with what is wrong", (text, message) => {
    expect(() => readPriceTable(file(text))).toThrow(message);
  });

  test("that are missing are told", () => expect(() => readPriceTable("/no/such")).toThrow(/no price table/));
});
