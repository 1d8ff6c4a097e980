import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import { differenceOf } from "../../plan/difference.ts";
import { planOf } from "../../plan/plan.ts";
import { rawEnvironments } from "../../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { maxColumns, wrapped, wrappedTable } from "./layout.ts";
import { planText } from "./plan.ts";
import { differenceText } from "./plan-difference.ts";

const thousandWorkers = parseEnvironment("operation", {
  infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
  network: { cidr: "10.160.0.0/18", zones: 3, podCidr: "172.16.0.0/13", adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { workerPools: [{ name: "worker", count: 1000 }] },
});

/** Finds lines that are too long although they could be broken. */
function tooLong(text: string): string[] {
  return text.split("\n").filter((line) => line.length > maxColumns && line.trim().includes(" "));
}

test("plans and differences fit the columns", () => {
  fc.assert(
    fc.property(rawEnvironments, rawEnvironments, (one, other) => {
      const [a, b] = [planOf(exampleEnvironment(one)), planOf(exampleEnvironment(other))];
      expect(tooLong(planText(a))).toEqual([]);
      expect(tooLong(differenceText(differenceOf(a, b)))).toEqual([]);
    }),
    // A plan takes some ten milliseconds.
    { numRuns: 20 },
  );
});

test("a thousand workers are one row", () => {
  const text = planText(planOf(thousandWorkers));
  expect(tooLong(text)).toEqual([]);
  expect(text).toMatch(/worker +1000 +m1\.xlarge .*334 \+ 333 \+ 333 +10\.160\.8\.0\/21/);
  expect(text.split("\n").length).toBeLessThan(100);
});

test("images are told by host, with the registries that are asked in their order", () => {
  const mirrors = [{ url: "https://harbor.example.com/hub", serves: ["docker.io" as const] }];
  const text = planText(planOf(exampleEnvironment({ containerPlatform: { registry: { mirrors } } })));
  expect(text).toMatch(/^ {2}ghcr\.io +flannel-io\/flannel:v[\d.]+\n +from the platform's registry, then upstream$/m);
  expect(text).toMatch(
    /^ {2}docker\.io +rancher\/.*\n +from the platform's registry, then harbor\.example\.com\/hub, then upstream$/m,
  );
});

test("of images that up puts into the platform's registry it is told where they come from", () => {
  const registry = { fill: "installer" as const, upstream: "never" as const };
  const text = planText(planOf(exampleEnvironment({ containerPlatform: { registry } })));
  expect(tooLong(text)).toEqual([]);
  expect(text).toMatch(
    /^ {2}ghcr\.io +flannel-io\/flannel:v[\d.]+\n +from the platform's registry\n +put into the platform's registry by up, from upstream$/m,
  );
});

test("the application platform's groups, network and ports are told", () => {
  const plan = planOf(exampleEnvironment({ applicationPlatform: { systemDomain: "cf.example.com" } }));
  const text = planText(plan);
  expect(tooLong(text)).toEqual([]);
  expect(text).toMatch(/machines, of which 1 worker and 16 VMs of the application platform;/);
  expect(text).toMatch(/^Application platform \(minimum\): 16 VMs below cf\.example\.com$/m);
  expect(text).toMatch(/^ +diego-cell +1 +small-highmem-16GB +- +4 +16 +105 +-$/m);
  expect(text).toMatch(/^ +gateway +tcp 2222 +SSH into applications +operators$/m);
  expect(text).toMatch(/^ +all +tcp 8853 +health of BOSH DNS +VMs$/m);
  expect(planText(planOf(exampleEnvironment()))).not.toContain("pplication platform");
});

test("what a site's transforms change is told where there are any", () => {
  const types = ["aws:ec2/instance:Instance", "aws:ec2/vpc:Vpc"];
  const plan = planOf(exampleEnvironment(), undefined, { path: "/sites/Pulumi.dev.transform.ts", types });
  expect(plan.transforms).toEqual({ file: "Pulumi.dev.transform.ts", types });
  const text = planText(plan);
  expect(tooLong(text)).toEqual([]);
  expect(text).toMatch(/^Changed by transform \(2\): .*\n {2}aws:ec2\/instance:Instance +Pulumi\.dev\.transform\.ts$/m);
  const without = planOf(exampleEnvironment());
  expect(without).not.toHaveProperty("transforms");
  expect(planText(without)).not.toContain("transform");
  expect(differenceOf(without, plan).settings).toEqual([{ what: "transforms", from: "none", to: types.join(", ") }]);
});

test("what has no price is said beside what has", () => {
  const prices = {
    source: "the provider's list",
    date: "2026-01-31",
    currency: "USD",
    regions: { "*": { machineTypes: { "m1.xlarge": { perHour: 0.1 } }, disks: {} } },
  };
  const text = planText(planOf(thousandWorkers, prices));
  expect(text).toContain("Cost per month: USD 73,073.00 and what has no price");
  expect(text).toMatch(/m1\.small +1 × +no price +no price/);
  expect(text).toContain("Prices of 2026-01-31, region *: the provider's list.");
});

test("environments alike have no difference", () => {
  const plan = planOf(exampleEnvironment());
  expect(differenceText(differenceOf(plan, plan))).toBe("From test to test: no difference");
});

test("the last column goes on below itself", () => {
  const words = "a long sentence ".repeat(10).trim();
  const lines = wrappedTable([["key", words]]).split("\n");
  expect(lines.length).toBe(2);
  expect(lines.map((line) => line.slice(7)).join(" ")).toBe(words);
  expect(wrapped(words).split("\n").length).toBe(2);
});
