import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, ofType, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

function platform(workers: number, { haproxies = 2, zones = 1 } = {}): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"].slice(0, zones) },
    network: { cidr: "10.180.0.0/22", zones, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      masters: { count: 3 },
      haproxy: { count: haproxies },
      workerPools: [{ name: "worker", count: workers }],
    },
  });
  return record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout([], {}),
      }),
  );
}

test("a worker is a server and a node", async () => {
  const [two, three] = [names(await platform(2)), names(await platform(3))];
  expect(three.filter((name) => !two.includes(name)).sort()).toEqual([
    "kpaas:index:Node platform-worker-3-node",
    "openstack:compute/instance:Instance platform-worker-3",
  ]);
});

test("a pair of HAProxy has one floating address between them, on the port of the address they share", async () => {
  const pair = await platform(1);
  const ports = ofType(pair, "openstack:networking/port:Port").filter(({ name }) => name.includes("haproxy"));
  expect(Object.fromEntries(ports.map(({ name, inputs }) => [name, inputs.fixedIps[0].ipAddress]))).toEqual({
    "platform-haproxy-address-port": "10.180.0.8",
    "platform-haproxy-1-port": "10.180.0.9",
    "platform-haproxy-2-port": "10.180.0.10",
  });
  const floating = (platform: Recorded) =>
    ofType(platform, "openstack:networking/floatingIp:FloatingIp").map(({ name }) => name);
  expect(floating(pair).sort()).toEqual(["platform-bastion-floating-ip", "platform-haproxy-address-floating-ip"]);
});

test("a single HAProxy machine has the address for its own that a pair shares, so that it stays when a partner comes", async () => {
  const single = await platform(1, { haproxies: 1 });
  const ports = ofType(single, "openstack:networking/port:Port").filter(({ name }) => name.includes("haproxy"));
  expect(ports.map(({ name, inputs }) => [name, inputs.fixedIps[0].ipAddress])).toEqual([
    ["platform-haproxy-address-port", "10.180.0.8"],
  ]);
  const server = ofType(single, "openstack:compute/instance:Instance").find(
    ({ name }) => name === "platform-haproxy-1",
  );
  expect(server?.inputs.networks).toEqual([{ port: "platform-haproxy-address-port-id" }]);
  expect(
    ofType(single, "openstack:networking/floatingIp:FloatingIp")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["platform-bastion-floating-ip", "platform-haproxy-address-floating-ip"]);
});

test("every machine is made from pinned images and user-data, a pool's from one image", async () => {
  const recorded = await platform(1);
  expect(pins(recorded)).toEqual(wantedPins(recorded, "openstack:compute/instance:Instance", ["image", "user-data"]));
});

test("disks with data outlive their servers, boot disks do not", async () => {
  const servers = ofType(await platform(1), "openstack:compute/instance:Instance");
  const kept = servers.map(({ name, inputs }) => [
    name,
    inputs.blockDevices.map((disk: { deleteOnTermination: boolean }) => disk.deleteOnTermination),
  ]);
  expect(Object.fromEntries(kept)).toMatchObject({
    "platform-worker-1": [true],
    "platform-database": [true, false],
    "platform-registry": [true, false],
    "platform-master-1": [true, false],
  });
});

test("a firewall rule goes with its group", async () => {
  const recorded = await platform(1);
  const rules = ofType(recorded, "openstack:networking/secGroupRule:SecGroupRule");
  expect(rules.length).toBeGreaterThan(20);
  for (const { type, name, inputs } of rules) {
    const group = `openstack:networking/secGroup:SecGroup ${inputs.securityGroupId.replace(/-id$/, "")}`;
    expect(recorded.ties.get(`${type} ${name}`)?.deletedWith, name).toBe(group);
  }
});

test("a worker, which has no port of its own, waits until each zone's subnet is there and leads out", async () => {
  const { ties } = await platform(1, { zones: 3 });
  const awaited = (name: string) => ties.get(name)?.dependencies;
  for (const zone of [1, 2, 3]) {
    const wayOut = `openstack:networking/routerInterface:RouterInterface platform-network-router-${zone}`;
    expect(awaited("openstack:compute/instance:Instance platform-worker-1")).toContain(wayOut);
    expect(awaited(wayOut)).toContain(`openstack:networking/subnet:Subnet platform-network-subnet-${zone}`);
  }
});
