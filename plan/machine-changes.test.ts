import { describe, expect, test } from "vitest";
import { exampleEnvironment, type RawEnvironment } from "../tests/harness/environments/example-environment.ts";
import { machineChanges } from "./machine-changes.ts";
import { rolloutOf } from "./rollout.ts";

type Raw = Partial<RawEnvironment>;

const cloud = {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
} as const satisfies Raw;

const changes = (before: Raw, after: Raw) => machineChanges(exampleEnvironment(before), exampleEnvironment(after));
const told = (before: Raw, after: Raw) =>
  changes(before, after).map(({ machine, kind, because }) => `${machine} ${kind} by ${because.join(", ")}`);

describe("an edit", () => {
  test("that changes nothing changes no machine", () => {
    const raw: Raw = { containerPlatform: { masters: { count: 3 } } };
    expect(changes(raw, raw)).toEqual([]);
    expect(changes(raw, { ...raw, timeouts: { nodeReadySeconds: 1200 } })).toEqual([]);
  });

  test("of a label changes its pool's workers in place", () => {
    const after: Raw = { containerPlatform: { workerPools: [{ name: "worker", count: 2, labels: { tier: "web" } }] } };
    expect(told({ containerPlatform: { workerPools: [{ name: "worker", count: 2 }] } }, after)).toEqual([
      "worker-1 changed by containerPlatform.workerPools[worker].labels.tier",
      "worker-2 changed by containerPlatform.workerPools[worker].labels.tier",
    ]);
  });

  test("of a generation replaces the role's or the pool's machines, and no other", () => {
    const workerPools = [{ name: "worker" }, { name: "batch", count: 2, generation: 2 }];
    const before: Raw = { containerPlatform: { workerPools: [{ name: "batch", count: 2 }, { name: "worker" }] } };
    expect(told(before, { containerPlatform: { workerPools, masters: { generation: 2 } } })).toEqual([
      "master-1 replaced by containerPlatform.masters.generation",
      "batch-1 replaced by containerPlatform.workerPools[batch].generation",
      "batch-2 replaced by containerPlatform.workerPools[batch].generation",
    ]);
  });

  test("of the Kubernetes version upgrades masters and workers in place", () => {
    const version = (kubernetesVersion: string): Raw => ({ ...cloud, containerPlatform: { kubernetesVersion } });
    const upgraded = changes(version("1.35.4"), version("1.36.3")).filter(({ kind }) => kind === "upgraded");
    expect(upgraded).toEqual(
      ["master-1", "worker-1"].map((machine) => ({
        machine,
        kind: "upgraded",
        because: ["containerPlatform.kubernetesVersion"],
        isDrained: true,
      })),
    );
    expect(changes(version("1.36.1"), version("1.36.3")).filter(({ isDrained }) => isDrained)).toEqual([]);
  });

  test("of the Kubernetes version that leaves a pool behind upgrades all others; the pool follows by an edit of its own", () => {
    const pools = (kubernetesVersion: string, web?: string): Raw => ({
      ...cloud,
      containerPlatform: {
        kubernetesVersion,
        workerPools: [web === undefined ? { name: "web" } : { name: "web", kubernetesVersion: web }, { name: "batch" }],
      },
    });
    const inTurn = (before: Raw, after: Raw) =>
      rolloutOf(exampleEnvironment(after), changes(before, after)).flatMap(({ changes }) =>
        changes.flatMap(({ kind, machines, because }) =>
          kind === "upgraded" ? [`${machines.join(" ")} by ${because.join(", ")}`] : [],
        ),
      );
    expect(inTurn(pools("1.35.4"), pools("1.36.3", "1.35.4"))).toEqual([
      "master-1 by containerPlatform.kubernetesVersion",
      "batch-1 by containerPlatform.kubernetesVersion",
    ]);
    // Nothing at all of a pool that waits changes.
    expect(changes(pools("1.35.4"), pools("1.36.3", "1.35.4")).map(({ machine }) => machine)).not.toContain("web-1");
    expect(told(pools("1.36.3", "1.35.4"), pools("1.36.3"))).toEqual([
      "web-1 upgraded by containerPlatform.workerPools[web].kubernetesVersion",
    ]);
  });

  test("of the number of masters tells the machines that are there of the new ones, and replaces none", () => {
    const kinds = changes({}, { containerPlatform: { masters: { count: 3 } } });
    expect(kinds.length).toBeGreaterThan(0);
    for (const { kind, because } of kinds)
      expect([kind, because]).toEqual(["changed", ["containerPlatform.masters.count"]]);
    expect(kinds.map(({ machine }) => machine)).not.toContain("master-2");
  });

  test("that gives HAProxy a partner makes the first anew at another address", () => {
    const pair: Raw = { ...cloud, containerPlatform: { haproxy: { count: 2 } } };
    expect(told(cloud, pair)).toContain("haproxy-1 replaced by containerPlatform.haproxy.count");
  });

  test("of a size is the cloud's to make true, and nothing to a container of this host", () => {
    const bigger: Raw = { containerPlatform: { masters: { size: { vcpus: 2, memoryGiB: 4 } } } };
    expect(told(cloud, { ...cloud, ...bigger })).toEqual([
      expect.stringMatching(/^master-1 resized by containerPlatform\.masters\.size\./),
    ]);
    expect(changes({}, bigger)).toEqual([]);
  });

  test("of a data disk's size is done in place", () => {
    const after: Raw = { containerPlatform: { registry: { dataDiskGiB: 500 } } };
    expect(told({}, after)).toEqual(["registry changed by containerPlatform.registry.dataDiskGiB"]);
  });

  test("of the database's consumers is done in place", () => {
    const after: Raw = { containerPlatform: { database: { consumers: ["portal", "billing"] } } };
    expect(told({}, after)).toEqual(["database changed by containerPlatform.database.consumers"]);
  });

  test.each([
    ["openstack", "replaced"],
    ["gcp", "replaced"],
    ["aws", "resized"],
  ] as const)("of a boot disk on %s: the machine is %s", (kind, how) => {
    const base: Raw = { infrastructure: { kind } as Raw["infrastructure"], network: cloud.network };
    const after: Raw = { ...base, containerPlatform: { masters: { size: { diskGiB: 120 } } } };
    expect(told(base, after)).toEqual([`master-1 ${how} by containerPlatform.masters.size.diskGiB`]);
  });

  test("of a boot disk below the smallest that a cloud gives changes nothing", () => {
    const base: Raw = { infrastructure: { kind: "ibm" } as Raw["infrastructure"], network: cloud.network };
    const masters = (diskGiB: number): Raw => ({ ...base, containerPlatform: { masters: { size: { diskGiB } } } });
    expect(told(masters(60), masters(90))).toEqual([]);
    expect(told(masters(60), masters(120))).toEqual(["master-1 resized by containerPlatform.masters.size.diskGiB"]);
  });

  test("of the image moves nothing by itself", () => {
    const infrastructure = { kind: "openstack", image: "another" } as const;
    expect(changes(cloud, { ...cloud, infrastructure })).toEqual([]);
  });
});

describe("the rollout", () => {
  const before: Raw = { containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "web", count: 40 }] } };
  const after: Raw = {
    containerPlatform: {
      masters: { count: 3, generation: 2 },
      workerPools: [{ name: "web", count: 40, generation: 2 }],
      haproxy: { generation: 2 },
    },
  };
  const stages = rolloutOf(exampleEnvironment(after), changes(before, after));

  test("goes by role: the way in first, masters before workers", () => {
    expect(stages.map(({ name, first, atOnce }) => [name, first, atOnce])).toEqual([
      ["haproxy", "haproxy-1", 1],
      ["master", "master-1", 1],
      ["web", "web-1", 4],
    ]);
    expect(stages[2]?.changes).toEqual([
      {
        kind: "replaced",
        machines: Array.from({ length: 40 }, (_, index) => `web-${index + 1}`),
        because: ["containerPlatform.workerPools[web].generation"],
      },
    ]);
  });

  test("is interrupted only where a machine is alone", () => {
    expect(stages.map(({ interrupted }) => interrupted)).toEqual([
      "nothing reaches the API server, the registry or the database",
      undefined,
      undefined,
    ]);
  });

  test("is estimated by rounds: the first alone, then as many as may be away", () => {
    const [, masters, workers] = stages;
    expect(masters?.seconds).toBe(3 * 90);
    expect(workers?.seconds).toBe((1 + 10) * 45);
    const onCloud = rolloutOf(
      exampleEnvironment({ ...cloud, containerPlatform: { masters: { generation: 2 } } }),
      changes(cloud, { ...cloud, containerPlatform: { masters: { generation: 2 } } }),
    );
    expect(onCloud[0]?.seconds).toBe(90 + 90);
  });

  test("of one upgraded master says that the API server restarts", () => {
    const version = (kubernetesVersion: string): Raw => ({ ...cloud, containerPlatform: { kubernetesVersion } });
    const upgrade = rolloutOf(exampleEnvironment(version("1.36.3")), changes(version("1.35.4"), version("1.36.3")));
    expect(upgrade.find(({ name }) => name === "master")?.interrupted).toBe(
      "the API server restarts, which takes seconds",
    );
  });
});
