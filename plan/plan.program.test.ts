import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment, type RawEnvironment } from "../tests/harness/environments/example-environment.ts";
import { vmsOf } from "./application-platform.ts";
import { differenceOf } from "./difference.ts";
import { planOf } from "./plan.ts";

/** Gives an operation environment on OpenStack without a weakness that its file could mend. */
function openStack(settings: Partial<RawEnvironment> = {}) {
  return parseEnvironment("test", {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      masters: { count: 3 },
      haproxy: { count: 2 },
      workerPools: [
        { name: "worker", count: 5 },
        { name: "batch", count: 1, size: { vcpus: 8, memoryGiB: 16, diskGiB: 100 } },
      ],
    },
    ...settings,
  });
}

test("pools that wait behind the control plane are told, with the way on", () => {
  const platform = (...workerPools: object[]) =>
    planOf(openStack({ containerPlatform: { kubernetesVersion: "1.36.3", workerPools } } as Partial<RawEnvironment>));
  const waiting = platform({ name: "web", kubernetesVersion: "1.35.4" }, { name: "batch" });
  expect(waiting.kubernetes).toEqual({ version: "1.36.3", poolsBehind: { web: "1.35.4" }, podNetwork: "flannel" });
  expect(waiting.warnings.filter(({ id }) => id === "pool-behind")).toEqual([
    {
      id: "pool-behind",
      severity: "low",
      text: "pool web waits at Kubernetes 1.35.4 behind the control plane's 1.36.3",
      remedy: "./kpaas upgrade test --to 1.36.3 takes its kubernetesVersion out and brings it on",
    },
  ]);
  const through = platform({ name: "web" }, { name: "batch" });
  expect(through.kubernetes).toEqual({ version: "1.36.3", podNetwork: "flannel" });
  expect(warningIds(through)).not.toContain("pool-behind");
  const { settings } = differenceOf(waiting, through);
  expect(settings).toEqual([{ what: "Kubernetes", from: "1.36.3 (pool web: 1.35.4)", to: "1.36.3" }]);
});

test("machines that stand in for a while count for quotas, granted and usual, and not for what there is", () => {
  const surging = (maxSurge: number, quota: object = {}) =>
    planOf(
      openStack({
        containerPlatform: { workerPools: [{ name: "web", count: 4, rollout: { maxSurge } }] },
        policies: { quota },
      } as Partial<RawEnvironment>),
    );
  const [usual, surge] = [surging(0), surging(2)];
  const needed = ({ quotas }: typeof usual) => quotas.map(({ needed }) => needed);
  expect(surge.totals).toEqual(usual.totals);
  expect(surge.cost).toEqual(usual.cost);
  expect(needed(surge)[0]).toBe((needed(usual)[0] ?? 0) + 2);
  const { machines } = usual.totals;
  const broken = (plan: typeof usual) => plan.policies.rules.find(({ name }) => name === "quota-is-kept")?.violations;
  expect(broken(surging(0, { machines }))).toEqual([]);
  expect(broken(surging(2, { machines: machines + 2 }))).toEqual([]);
  expect(broken(surging(2, { machines: machines + 1 }))).toEqual([
    expect.objectContaining({ path: "policies.quota.machines", message: `${machines + 2} are asked for` }),
  ]);
});

const warningIds = (plan: ReturnType<typeof planOf>) => plan.warnings.map(({ id }) => id);

describe("every environment", () => {
  /** A plan takes some ten milliseconds: policies render what machines are told. */
  const few = { numRuns: 20 };
  const plans = rawEnvironments.map((raw) => planOf(exampleEnvironment(raw)));

  test("has each machine in one group, and totals that are the machines' sum", () => {
    fc.assert(
      fc.property(plans, ({ machines, groups, totals, applicationPlatform }) => {
        expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(machines.length);
        for (const { count, perZone } of groups) expect(perZone.reduce((sum, each) => sum + each, 0)).toBe(count);
        const all = [...machines, ...vmsOf(applicationPlatform)];
        expect(totals.machines).toBe(all.length);
        expect(totals.vcpus).toBe(all.reduce((sum, { size }) => sum + size.vcpus, 0));
        expect(totals.dataDiskGiB).toBe(all.reduce((sum, { dataDisk }) => sum + (dataDisk?.sizeGiB ?? 0), 0));
      }),
      few,
    );
  });

  test("lets only roles in that it has", () => {
    fc.assert(
      fc.property(plans, ({ ports, groups }) => {
        const present = groups.map(({ role }) => role);
        for (const { role, fromRoles } of ports)
          expect([role, ...fromRoles].filter((each) => !present.includes(each))).toEqual([]);
      }),
      few,
    );
  });

  test("has a plan that JSON carries unharmed", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      few,
    );
  });
});

test("machines are grouped by role and pool, spread over zones, with the smallest flavour that fits", () => {
  const { groups } = planOf(openStack());
  expect(groups.map(({ name, count, machineType, perZone }) => [name, count, machineType, perZone])).toEqual([
    ["bastion", 1, "m1.small", [1, 0, 0]],
    ["haproxy", 2, "m1.medium", [1, 1, 0]],
    ["master", 3, "m1.xlarge", [1, 1, 1]],
    ["worker", 5, "m1.xlarge", [2, 2, 1]],
    ["batch", 1, "m1.xlarge", [1, 0, 0]],
    ["registry", 1, "m1.medium", [1, 0, 0]],
    ["database", 1, "m1.medium", [1, 0, 0]],
    ["storage", 1, "m1.medium", [1, 0, 0]],
  ]);
});

test("operators enter by the bastion's SSH and the gateway's ports, and by nothing else", () => {
  const { entryPoints, machines } = planOf(openStack());
  const bastion = machines.find(({ role }) => role === "bastion")?.privateIp;
  expect(entryPoints.map(({ role, port, privateAddress }) => `${role} ${privateAddress}:${port}`)).toEqual([
    `bastion ${bastion}:22`,
    "haproxy 10.180.0.8:6443",
    "haproxy 10.180.0.8:5000",
    "haproxy 10.180.0.8:3306",
  ]);
  expect(new Set(entryPoints.flatMap(({ allowedFrom }) => allowedFrom))).toEqual(new Set(["203.0.113.0/24"]));
});

describe("images", () => {
  const registry = "registry.test.kpaas.internal:5000";
  const sourcesOf = (plan: ReturnType<typeof planOf>, reference: string) =>
    plan.images.find((image) => image.reference === reference)?.sources.map((source) => source.registry);
  const withRegistry = (settings: object) => openStack({ containerPlatform: { registry: settings } });

  test("are listed once each, with who needs them and the registries that are asked", () => {
    const plan = planOf(openStack());
    const references = plan.images.map(({ reference }) => reference);
    expect(new Set(references).size).toBe(references.length);
    expect(plan.images.find(({ reference }) => reference.startsWith("registry.k8s.io/pause:"))).toEqual({
      reference: expect.stringMatching(/:3\.\d+/),
      digestUnknown: expect.stringContaining("no upstream registry could be asked"),
      neededBy: ["controlPlane", "node"],
      sources: [
        { kind: "platform", registry },
        { kind: "upstream", registry: "registry.k8s.io" },
      ],
    });
    expect(sourcesOf(plan, "docker.io/library/busybox:1")).toEqual([registry, "registry-1.docker.io"]);
  });

  test("come from a site's registries in their order, and from upstream only where that may be asked", () => {
    const mirrors = [{ url: "https://harbor.example.com/hub", serves: ["docker.io"] }];
    const plan = planOf(withRegistry({ mirrors, upstream: "never" }));
    expect(sourcesOf(plan, "docker.io/library/busybox:1")).toEqual([registry, "harbor.example.com/hub"]);
    expect(plan.warnings.find(({ id }) => id === "single-registry")?.text).toContain("upstream ones neither");
    // What no other registry has is put there by `up`; what a mirror has is not.
    expect(warningIds(plan)).not.toContain("registry-must-be-filled");
    const filledFrom = (reference: string) =>
      plan.images.find((image) => image.reference.startsWith(reference))?.filledFrom;
    expect(filledFrom("registry.k8s.io/pause:")).toEqual([{ kind: "upstream", registry: "registry.k8s.io" }]);
    expect(filledFrom("docker.io/library/busybox:")).toBeUndefined();
  });

  test("are put into the registry from mirrors and upstream where the file says so, and by nobody where it says that", () => {
    const mirrors = [{ url: "https://harbor.example.com/hub", serves: ["docker.io"] }];
    const origins = (plan: ReturnType<typeof planOf>) =>
      new Set(plan.images.map(({ filledFrom = [] }) => filledFrom.map(({ registry }) => registry).join(", ")));
    const all = planOf(withRegistry({ fill: "installer", mirrors }));
    expect(origins(all)).toEqual(
      new Set(["registry.k8s.io", "ghcr.io", "harbor.example.com/hub, registry-1.docker.io"]),
    );
    // Nothing leaves the site that a registry of the site has.
    expect(origins(planOf(withRegistry({ fill: "installer", mirrors, upstream: "never" })))).toEqual(
      new Set(["registry.k8s.io", "ghcr.io", "harbor.example.com/hub"]),
    );
    const none = planOf(withRegistry({ fill: "byHand", mirrors, upstream: "never" }));
    expect(origins(none)).toEqual(new Set([""]));
    expect(none.warnings.find(({ id }) => id === "registry-must-be-filled")).toMatchObject({
      severity: "high",
      text: expect.stringContaining("of registry.k8s.io, ghcr.io, quay.io from the platform's registry alone"),
      remedy: expect.stringContaining("containerPlatform.registry.fill: installer"),
    });
    expect(origins(planOf(openStack()))).toEqual(new Set([""]));
  });

  test("need nobody's care where upstream may be asked, or the registry comes with them", () => {
    expect(warningIds(planOf(openStack()))).not.toContain("registry-must-be-filled");
    const local = exampleEnvironment({ containerPlatform: { registry: { upstream: "never" } } });
    expect(warningIds(planOf(local))).not.toContain("registry-must-be-filled");
    expect(planOf(local).images.filter(({ filledFrom }) => filledFrom)).toEqual([]);
  });
});

describe("warnings", () => {
  test("one of everything is told with the worst first to mend", () => {
    expect(warningIds(planOf(exampleEnvironment()))).toEqual([
      "single-haproxy",
      "single-master",
      "single-worker",
      "single-registry",
      "single-database",
      "single-storage",
      "single-host",
    ]);
  });

  test("an operation environment keeps only what its file cannot mend, and the quota", () => {
    const remediable = planOf(openStack()).warnings.filter(({ remedy }) => remedy);
    expect(remediable.map(({ id }) => id)).toEqual(["above-usual-quota"]);
  });

  test("two zones hold no majority of masters between them when one is lost", () => {
    const twoZones = { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] };
    expect(warningIds(planOf(openStack({ network: twoZones })))).toContain("etcd-majority-in-one-zone");
    expect(warningIds(planOf(openStack()))).not.toContain("etcd-majority-in-one-zone");
  });

  test("a range that workers nearly fill is told", () => {
    const workers = (count: number) =>
      exampleEnvironment({
        network: { podCidr: "172.16.0.0/13" },
        containerPlatform: { workerPools: [{ name: "worker", count }] },
      });
    expect(warningIds(planOf(workers(110)))).toContain("worker-addresses-nearly-used");
    expect(warningIds(planOf(workers(50)))).not.toContain("worker-addresses-nearly-used");
  });
});

test("1,000 workers are planned, and put in words, within two seconds", async () => {
  const { planText } = await import("../report/text/plan.ts");
  const environment = exampleEnvironment({
    network: { cidr: "10.64.0.0/16", podCidr: "172.16.0.0/13" },
    containerPlatform: { workerPools: [{ name: "worker", count: 1000 }] },
  });
  const began = performance.now();
  expect(planText(planOf(environment))).toContain("1000");
  expect(performance.now() - began).toBeLessThan(2000);
});
