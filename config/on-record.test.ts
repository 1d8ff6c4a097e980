import "../stacks/infrastructures.ts";
import { describe, expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { planMachines } from "./machines.ts";
import {
  keptSettings,
  type OnRecord,
  onRecord,
  presentWithoutFirstHostKey,
  refusedChanges,
  setOf,
  withoutFirstHostKey,
} from "./on-record.ts";
import { parseEnvironment } from "./parse.ts";

function environment(settings: { network?: object; containerPlatform?: object } = {}): Environment {
  return parseEnvironment("test", {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b"], diskType: "LUKS" },
    network: { adminCidrs: ["203.0.113.0/24"], cidr: "10.180.0.0/22", zones: 1, ...settings.network },
    containerPlatform: { masters: { count: 3 }, ...settings.containerPlatform },
    applicationPlatform: { systemDomain: "cf.example.com" },
  });
}

const running = onRecord(environment());
const refused = (after: OnRecord, before = running) => refusedChanges(before, after);

/** Gives the record with another value of one kept setting. */
const withKept = (path: string, value: string): OnRecord => ({ ...running, kept: { ...running.kept, [path]: value } });
const withVersion = (kubernetesVersion: string): OnRecord => ({ ...running, kubernetesVersion });

describe("what is on record", () => {
  test("is plain data that survives the state", () => {
    expect(JSON.parse(JSON.stringify(running))).toEqual(running);
  });

  test("names every machine once, by role or pool, and every data disk", () => {
    const plans = planMachines(environment());
    expect(Object.values(running.machines).flat().sort()).toEqual(plans.map(({ name }) => name).sort());
    expect(running.machines.master).toEqual(["master-1", "master-2", "master-3"]);
    expect(running.machines.worker).toEqual(plans.filter(({ role }) => role === "worker").map(({ name }) => name));
    for (const plan of plans) {
      expect(running.machines[setOf(plan)]).toContain(plan.name);
      expect(running.dataDisksGiB[plan.name]).toBe(plan.dataDisk?.sizeGiB);
    }
    expect(running.dataDisksGiB["master-2"]).toBe(20);
  });

  test("has the versions of pools that are behind, and nothing where none is", () => {
    expect(running).not.toHaveProperty("poolVersions");
    const workerPools = [{ name: "web", kubernetesVersion: "1.35.4" }, { name: "batch" }];
    expect(onRecord(environment({ containerPlatform: { workerPools } })).poolVersions).toEqual({ web: "1.35.4" });
  });

  test("names those machines only that this run builds", () => {
    const [first] = planMachines(environment());
    expect(Object.values(onRecord(environment(), first ? [first] : []).machines).flat()).toEqual([first?.name]);
  });

  test("has a value of each kept setting that the environment has", () => {
    // The region is a cloud's of which there are many.
    expect(keptSettings.filter((path) => running.kept[path] === undefined)).toEqual(["infrastructure.region"]);
    expect(running.kept).toMatchObject({
      "infrastructure.kind": "openstack",
      "network.cidr": "10.180.0.0/22",
      "network.zones": "1",
      "containerPlatform.podNetwork": "flannel",
      "containerPlatform.gateway": "haproxy",
    });
  });
});

describe("workers whose user-data has no host key", () => {
  const pools = (web: { count: number; generation?: number }) =>
    onRecord(environment({ containerPlatform: { workerPools: [{ name: "web", ...web }] } }));
  const { poolGenerations: _, ...ofEarlierRelease } = pools({ count: 2 });
  /** Gives the record as the provider completes it. */
  const completed = (before: OnRecord | undefined, wanted: OnRecord): OnRecord => ({
    ...wanted,
    withoutFirstHostKey: withoutFirstHostKey(before, wanted),
  });

  test("are none of a new platform", () => {
    const first = completed(undefined, pools({ count: 2 }));
    expect(presentWithoutFirstHostKey(undefined, first)).toEqual([]);
    expect(presentWithoutFirstHostKey(first, pools({ count: 3 }))).toEqual([]);
  });

  test("are those that an earlier release made, not those that come", () => {
    expect(presentWithoutFirstHostKey(ofEarlierRelease, pools({ count: 3 }))).toEqual(["web-1", "web-2"]);
    const updated = completed(ofEarlierRelease, pools({ count: 3 }));
    expect(presentWithoutFirstHostKey(updated, pools({ count: 4 }))).toEqual(["web-1", "web-2"]);
  });

  test("are made anew with one when their pool's generation rises; one that goes and comes back has one, too", () => {
    const updated = completed(ofEarlierRelease, pools({ count: 2 }));
    expect(presentWithoutFirstHostKey(updated, pools({ count: 2, generation: 2 }))).toEqual([]);
    // Where that run failed and the file was set back, they are as they were.
    const failed = completed(updated, pools({ count: 2, generation: 2 }));
    expect(presentWithoutFirstHostKey(failed, pools({ count: 2 }))).toEqual(["web-1", "web-2"]);
    const smaller = completed(updated, pools({ count: 1 }));
    expect(presentWithoutFirstHostKey(smaller, pools({ count: 2 }))).toEqual(["web-1"]);
  });
});

describe("a living platform", () => {
  test("takes a file that says the same", () => {
    expect(refused(onRecord(environment()))).toEqual([]);
  });

  test.each(keptSettings)("refuses another %s, and names the path, both values and the ways out", (path) => {
    const before = { ...running, kept: { ...running.kept, [path]: "this" } };
    expect(refused(withKept(path, "that"), before)).toEqual([
      {
        path,
        reason:
          "cannot change on a running platform: it is this, the file says that; set it back to this, " +
          "or build another environment and move to it",
      },
    ]);
  });

  test.each([
    ["network.podCidr", { network: { podCidr: "10.240.0.0/18" } }],
    ["network.serviceCidr", { network: { serviceCidr: "10.241.0.0/18" } }],
    ["network.domain", { network: { domain: "other.example.com" } }],
    ["network.cidr", { network: { cidr: "10.190.0.0/22" } }],
    ["network.zones", { network: { zones: 2 } }],
    ["containerPlatform.podNetwork", { containerPlatform: { podNetwork: "calico", kubernetesVersion: "1.35.4" } }],
    ["containerPlatform.gateway", { containerPlatform: { gateway: "load-balancer" } }],
  ])("refuses another %s as a file says it", (path, settings) => {
    const before =
      path === "containerPlatform.podNetwork"
        ? onRecord(environment({ containerPlatform: { kubernetesVersion: "1.35.4" } }))
        : running;
    expect(refused(onRecord(environment(settings)), before).map((one) => one.path)).toEqual([path]);
  });

  test("takes what was not there before, and the end of what was: a whole application platform", () => {
    const { "applicationPlatform.cidr": _, ...kept } = running.kept;
    expect(running.kept["applicationPlatform.cidr"]).toBeDefined();
    expect(refused(running, { ...running, kept })).toEqual([]);
    expect(refused({ ...running, kept })).toEqual([]);
  });

  test.each([
    ["1.36.3", "1.36.3"],
    ["1.36.3", "1.36.12"],
    ["1.36.3", "1.37.0"],
    ["1.9.9", "1.10.0"],
  ])("may go from Kubernetes %s to %s", (was, is) => {
    expect(refused(withVersion(is), withVersion(was))).toEqual([]);
  });

  test.each([
    ["1.36.3", "1.36.2"],
    ["1.36.3", "1.35.9"],
    ["1.36.12", "1.36.3"],
    ["1.10.0", "1.9.9"],
  ])("cannot go back from Kubernetes %s to %s", (was, is) => {
    expect(refused(withVersion(is), withVersion(was))).toEqual([
      {
        path: "containerPlatform.kubernetesVersion",
        reason: `cannot go back: ${was} runs, the file says ${is}; Kubernetes supports no downgrade: set it to ${was} or newer`,
      },
    ]);
  });

  test.each([
    ["1.34.9", "1.36.3", "1.35"],
    ["1.9.9", "1.11.0", "1.10"],
  ])("must not skip a minor from Kubernetes %s to %s", (was, is, next) => {
    expect(refused(withVersion(is), withVersion(was))).toEqual([
      {
        path: "containerPlatform.kubernetesVersion",
        reason: `must go one minor at a time: ${was} runs, the file says ${is}; set it to a ${next} first, then go on from there`,
      },
    ]);
  });

  const withPool = (kubernetesVersion: string, pool = kubernetesVersion): OnRecord => ({
    ...withVersion(kubernetesVersion),
    ...(pool === kubernetesVersion ? {} : { poolVersions: { worker: pool } }),
  });
  const poolPath = "containerPlatform.workerPools[worker].kubernetesVersion";

  test.each([
    ["the control plane goes on alone", withPool("1.36.3"), withPool("1.37.2", "1.36.3")],
    ["it goes on again", withPool("1.37.2", "1.36.3"), withPool("1.38.0", "1.36.3")],
    ["the pool goes to where it is, two minors on", withPool("1.37.2", "1.35.4"), withPool("1.37.2")],
    ["both go on, the pool two minors", withPool("1.36.3", "1.35.4"), withPool("1.37.2")],
    ["the pool goes a minor on, not all the way", withPool("1.37.2", "1.35.4"), withPool("1.37.2", "1.36.3")],
    ["the pool goes a patch on", withPool("1.37.2", "1.36.1"), withPool("1.37.2", "1.36.3")],
  ])("may have a pool behind: %s", (_, was, is) => {
    expect(refused(is, was)).toEqual([]);
  });

  test.each([
    ["a patch", withPool("1.37.2", "1.36.3"), withPool("1.37.2", "1.36.1")],
    ["a minor", withPool("1.37.2", "1.36.3"), withPool("1.37.2", "1.35.9")],
    ["behind the control plane, which it follows", withPool("1.36.3"), withPool("1.36.3", "1.36.1")],
  ])("takes no pool back by %s", (_, was, is) => {
    expect(refused(is, was)).toEqual([
      { path: poolPath, reason: expect.stringMatching(/^cannot go back: 1\.36\.3 runs/) },
    ]);
  });

  test("takes a pool over a minor to the control plane's version only", () => {
    expect(refused(withPool("1.37.2", "1.36.3"), withPool("1.37.2", "1.34.1"))).toEqual([
      {
        path: poolPath,
        reason:
          "must go one minor at a time, or to the control plane's version: 1.34.1 runs, the file says 1.36.3; " +
          "set it to a 1.35 or to 1.37.2",
      },
    ]);
  });

  test("takes no control plane that goes too far ahead of a pool, whatever that becomes after it", () => {
    expect(refused(withPool("1.38.0"), withPool("1.37.2", "1.34.1"))).toEqual([
      {
        path: poolPath,
        reason: expect.stringContaining("1.34.1 runs, and an API server of 1.38.0 takes kubelets at most 3"),
      },
    ]);
  });

  test("tells nothing of pools where the control plane that they follow cannot go on", () => {
    expect(refused(withPool("1.35.4"), withPool("1.36.3")).map(({ path }) => path)).toEqual([
      "containerPlatform.kubernetesVersion",
    ]);
  });

  test("judges no pool that is new", () => {
    const { worker, ...others } = running.machines;
    const before = { ...withPool("1.37.2"), machines: { ...others, other: worker ?? [] } };
    expect(refused(withPool("1.37.2", "1.34.1"), before)).toEqual([]);
  });

  test("refuses a smaller data disk by machine, takes a larger one, a new one and one that goes with its machine", () => {
    const disks = (dataDisksGiB: Record<string, number>): OnRecord => ({ ...running, dataDisksGiB });
    expect(refused(disks({ registry: 99, database: 60 }), disks({ registry: 100, database: 50 }))).toEqual([
      {
        path: "dataDiskGiB of registry",
        reason: "cannot become smaller: the disk has 100 GiB, the file says 99; set it back to 100 or more",
      },
    ]);
    expect(refused(disks({ "master-1": 20 }), disks({ "master-1": 20, "master-2": 20 }))).toEqual([]);
    expect(refused(disks({ "master-1": 20, "master-2": 20 }), disks({ "master-1": 20 }))).toEqual([]);
  });

  test("takes more machines and fewer", () => {
    const of = (count: number) => onRecord(environment({ containerPlatform: { masters: { count } } }));
    expect(refused(of(5), of(3))).toEqual([]);
    expect(refused(of(1), of(3))).toEqual([]);
  });

  test("hears of all that it cannot take at once", () => {
    const after = onRecord(
      environment({
        network: { podCidr: "10.240.0.0/18", domain: "other.example.com" },
        containerPlatform: { kubernetesVersion: "1.35.4", registry: { dataDiskGiB: 1 }, database: { dataDiskGiB: 1 } },
      }),
    );
    expect(refused(after).map(({ path }) => path)).toEqual([
      "network.podCidr",
      "network.domain",
      "containerPlatform.kubernetesVersion",
      "dataDiskGiB of registry",
      "dataDiskGiB of database",
    ]);
  });
});
