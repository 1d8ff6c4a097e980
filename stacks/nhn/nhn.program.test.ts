import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

let recorded: Recorded;

beforeAll(async () => {
  const environment = parseEnvironment("test", {
    infrastructure: {
      kind: "nhn",
      network: "vpc",
      image: "ubuntu",
      availabilityZones: ["kr-pub-a", "kr-pub-b"],
      machineTypes: [
        { name: "u2.c4m8", vcpus: 4, memoryGiB: 8 },
        { name: "m2.c8m16", vcpus: 8, memoryGiB: 16 },
      ],
    },
    network: { cidr: "10.180.0.0/23", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      gateway: "load-balancer",
      masters: { count: 3 },
      workerPools: [{ name: "worker", count: 2, size: { vcpus: 8, memoryGiB: 16, diskGiB: 60 } }],
    },
  });
  recorded = await record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout([], {}),
      }),
  );
});

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `openstack:${type}`);
const inputsOf = (type: string) => ofType(type).map(({ inputs }) => inputs);
const servers = () => Object.fromEntries(ofType("compute/instance:Instance").map(({ name, inputs }) => [name, inputs]));

test("machines are on the VPC that is there; none is made, and no router", () => {
  expect(ofType("networking/network:Network")).toEqual([]);
  expect(ofType("networking/subnet:Subnet")).toEqual([]);
  expect(ofType("networking/router:Router")).toEqual([]);
});

test("each machine has one interface as it is made, and none is added later", () => {
  for (const [name, { networks }] of Object.entries(servers())) expect(networks, name).toHaveLength(1);
  expect(recorded.resources.filter(({ type }) => /attach/i.test(type))).toEqual([]);
});

test("u2 machines boot from a disk of their host, others from a volume of the chosen type", () => {
  const { "platform-database": database, "platform-worker-1": worker } = servers();
  expect(database).toMatchObject({ flavorName: "u2.c4m8" });
  expect(database?.imageId).toBe(database?.blockDevices[0].uuid);
  expect(database?.blockDevices).toMatchObject([
    { destinationType: "local", bootIndex: 0 },
    { destinationType: "volume", bootIndex: -1, deleteOnTermination: false },
  ]);
  expect(database?.blockDevices[0]).not.toHaveProperty("volumeType");
  expect(worker).toMatchObject({
    flavorName: "m2.c8m16",
    blockDevices: [{ destinationType: "volume", volumeType: "General SSD" }],
  });
  expect(worker).not.toHaveProperty("imageId");
});

test("a disk is in its machine's zone", () => {
  for (const { name, inputs } of ofType("blockstorage/volume:Volume")) {
    const machine = servers()[name.replace(/-(data|disk)$/, "")] ?? servers()[name.replace(/-[a-z]+$/, "")];
    expect(inputs.availabilityZone, name).toMatch(/^kr-pub-[ab]$/);
    expect(inputs.availabilityZone, name).toBe(machine?.availabilityZone);
  }
  expect(ofType("blockstorage/volume:Volume").length).toBeGreaterThan(0);
});

test("its own load balancer is behind a security group, and takes members one by one", () => {
  expect(inputsOf("loadbalancer/loadBalancer:LoadBalancer")).toMatchObject([
    { vipAddress: "10.180.0.8", securityGroupIds: ["platform-firewall-haproxy-id"] },
  ]);
  for (const listener of inputsOf("loadbalancer/listener:Listener"))
    expect(listener).not.toHaveProperty("timeoutClientData");
  expect(ofType("loadbalancer/members:Members")).toEqual([]);
  const members = inputsOf("loadbalancer/member:Member").map(({ name, protocolPort }) => `${name}:${protocolPort}`);
  expect(members.sort()).toEqual([
    "test-database:3306",
    "test-master-1:6443",
    "test-master-2:6443",
    "test-master-3:6443",
    "test-registry:5000",
  ]);
  const provider = recorded.resources.find(({ type }) => type === "pulumi:providers:openstack");
  expect(provider?.inputs.useOctavia).toBe("false");
});

test("members and monitors are deleted before their pool, as Neutron's load balancer wants it", () => {
  const ties = [...recorded.ties].filter(([name]) => /:(Member|Monitor) /.test(name));
  expect(ties).toHaveLength(8);
  for (const [name, { deletedWith }] of ties) expect(deletedWith, name).toBeUndefined();
});

test("operators reach the load balancer, machines let its subnet in", () => {
  const rules = inputsOf("networking/secGroupRule:SecGroupRule");
  const from = (group: string, port: number) =>
    rules
      .filter((rule) => rule.securityGroupId === `platform-firewall-${group}-id` && rule.portRangeMin === port)
      .map((rule) => rule.remoteIpPrefix ?? rule.remoteGroupId);
  expect(from("haproxy", 6443)).toEqual(expect.arrayContaining(["203.0.113.0/24", "platform-firewall-worker-id"]));
  expect(from("registry", 5000)).toEqual(["10.180.0.0/24"]);
});
