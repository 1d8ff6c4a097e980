import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { GroupName } from "./group.ts";
import { groupNames, instanceGroups } from "./instance-groups.ts";
import { type GroupPeer, portsOfEveryVm } from "./ports.ts";
import { type UpstreamGroup, upstreamFacts } from "./upstream.ts";

/** Facts read from cf-deployment's own manifest by upstream.ts, which says how. */
const upstream: { version: string; groups: UpstreamGroup[] } = JSON.parse(
  readFileSync(new URL("./upstream.json", import.meta.url), "utf8"),
);

const groupOf = (name: string) => instanceGroups[name as GroupName];

/** Tells whether the table lets VMs of a group open connections to a port of another. */
function isOpen(to: string, port: number, from?: string): boolean {
  const { ports, gatewayPorts = [] } = groupOf(to);
  const byGateway = gatewayPorts.map(({ vmPort, fromPort, toPort }) => ({
    fromPort: vmPort,
    toPort: vmPort + toPort - fromPort,
    from: ["gateway"] as GroupPeer[],
  }));
  return [...ports, ...portsOfEveryVm, ...byGateway].some(
    (rule) =>
      (rule.fromPort ?? 0) <= port &&
      port <= (rule.toPort ?? 0) &&
      (from === undefined || rule.from.includes(from as GroupPeer) || rule.from.includes("vms")),
  );
}

describe("the table and upstream's manifest", () => {
  test("are of the version that the table names", () => {
    expect(upstream.version).toBe("v58.0.0");
  });

  test("have the same groups; only haproxy is an ops file's", () => {
    const own = groupNames.filter((name) => instanceGroups[name].source === "cf-deployment.yml");
    expect([...own].sort()).toEqual(upstream.groups.map(({ name }) => name).sort());
    expect(groupNames.filter((name) => !own.includes(name))).toEqual(["haproxy"]);
  });

  const facts = upstream.groups.map((group) => [group.name, group] as const);

  test.each(facts)("%s: count of the standard size, disks, and whether it is an errand", (name, group) => {
    const { count, persistentDiskGiB, ephemeralDiskGiB, isErrand = false } = groupOf(name);
    const ephemeral = group.vmExtensions.flatMap((extension) => /^(\d+)GB_ephemeral_disk$/.exec(extension)?.[1] ?? []);
    expect({ count: count.standard, persistentDiskGiB, ephemeralDiskGiB, isErrand }).toEqual({
      count: group.instances,
      persistentDiskGiB: group.persistentDiskType ? Number.parseInt(group.persistentDiskType, 10) : undefined,
      ephemeralDiskGiB: ephemeral[0] ? Number(ephemeral[0]) : undefined,
      isErrand: group.isErrand,
    });
  });

  test.each(facts)("%s: every port that the manifest gives its jobs is open", (name, { listens }) => {
    expect(listens.filter((port) => !isOpen(name, port))).toEqual([]);
  });

  test.each(facts)("%s: it reaches every port that the manifest sends it to", (name, { connects }) => {
    expect(connects.filter(({ group, port }) => !isOpen(group, port, name))).toEqual([]);
  });

  test("let every group that registers routes reach NATS, and the routers reach all that manifests route to", () => {
    const registrars = upstream.groups.filter(({ jobs }) => jobs.includes("route_registrar")).map(({ name }) => name);
    expect(registrars.length).toBeGreaterThan(3);
    expect(registrars.filter((name) => !isOpen("nats", 4224, name))).toEqual([]);
    expect(isOpen("nats", 4224, "cc-worker")).toBe(false);
  });

  test("lead the gateway's ports to those groups that upstream attaches to a load balancer", () => {
    const attached = upstream.groups.filter(({ vmExtensions }) =>
      vmExtensions.some((name) => name.endsWith("-network-properties")),
    );
    const led = groupNames.filter((name) => instanceGroups[name].gatewayPorts);
    expect([...led].sort()).toEqual(attached.map(({ name }) => name).sort());
  });
});

test("no count is above what a group may have, and a quorum is odd", () => {
  for (const { count, most, isQuorum } of Object.values(instanceGroups))
    for (const number of Object.values(count)) {
      expect(number).toBeLessThanOrEqual(most);
      if (isQuorum) expect(number % 2).toBe(1);
    }
});

test("operation has two or more of every group that can be doubled", () => {
  const single = groupNames.filter((name) => instanceGroups[name].count.operation === 1);
  expect(single.filter((name) => instanceGroups[name].most > 1)).toEqual([]);
});

test("a manifest's facts are read through its aliases of BOSH DNS", () => {
  const manifest = `
manifest_version: v0
addons: [{ jobs: [{ name: bosh-dns-aliases, properties: { aliases: [
  { domain: blobs.service.cf.internal, targets: [{ instance_group: store }] },
  { domain: sql-db.service.cf.internal, targets: [{ instance_group: tables }] } ] } }] }]
instance_groups:
- { name: api, instances: 2, vm_type: small, jobs: [
    { name: proxy, properties: { api_port: 8083, ccdb: { port: 3306 }, url: "https://blobs.service.cf.internal:4443" } }] }
- { name: once, lifecycle: errand, instances: 1, vm_type: minimal, jobs: [] }`;
  const [api, once] = upstreamFacts(manifest).groups;
  expect(api).toMatchObject({
    listens: [8083],
    connects: [
      { group: "tables", port: 3306 },
      { group: "store", port: 4443 },
    ],
  });
  expect(once?.isErrand).toBe(true);
});
