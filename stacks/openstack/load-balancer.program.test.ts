import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

let recorded: Recorded;

beforeAll(async () => {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24", "198.51.100.7/32"] },
    containerPlatform: { gateway: "load-balancer", masters: { count: 3 } },
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

const inputsOf = (type: string) =>
  recorded.resources.filter((each) => each.type === `openstack:${type}`).map(({ inputs }) => inputs);

test("the gateway's address is the load balancer's, in the first zone's subnet", () => {
  expect(inputsOf("loadbalancer/loadBalancer:LoadBalancer")).toEqual([
    { name: "kpaas-test-gateway", vipAddress: "10.180.0.8", vipSubnetId: "platform-network-subnet-1-id" },
  ]);
});

test("it and the bastion have floating addresses, and nothing else has", () => {
  const names = recorded.resources.filter(({ type }) => type.endsWith(":FloatingIp")).map(({ name }) => name);
  expect(names.sort()).toEqual(["platform-bastion-floating-ip", "platform-load-balancer-floating-ip"]);
});

test("each of its ports has its own list of who may reach it: operators and the platform's machines", () => {
  const listeners = inputsOf("loadbalancer/listener:Listener");
  expect(listeners.map(({ protocolPort }) => protocolPort).sort()).toEqual([3306, 5000, 6443]);
  for (const { allowedCidrs } of listeners)
    expect(allowedCidrs).toEqual(["10.180.0.0/22", "198.51.100.7/32", "203.0.113.0/24"]);
});

test("connections go to the machines that answer, by way of the load balancer's own subnet", () => {
  const members = inputsOf("loadbalancer/members:Members").map(({ members }) => members);
  expect(members.flat().map(({ name, protocolPort }) => [name, protocolPort])).toEqual(
    expect.arrayContaining([
      ["test-master-1", 6443],
      ["test-master-2", 6443],
      ["test-master-3", 6443],
      ["test-registry", 5000],
      ["test-database", 3306],
    ]),
  );
  expect(new Set(members.flat().map(({ subnetId }) => subnetId))).toEqual(new Set(["platform-network-subnet-1-id"]));
});

test("Octavia deletes members and monitors with their pool", () => {
  const parts = recorded.resources.filter(({ type }) => /loadbalancer.*:(Members|Monitor)$/.test(type));
  expect(parts).toHaveLength(6);
  for (const { type, name } of parts)
    expect(recorded.ties.get(`${type} ${name}`)?.deletedWith).toBe(`openstack:loadbalancer/pool:Pool ${name}`);
});

test("machines behind it let its subnet in, as its own machines are in no group", () => {
  const rules = inputsOf("networking/secGroupRule:SecGroupRule");
  const from = (group: string, port: number) =>
    rules
      .filter((rule) => rule.securityGroupId === `platform-firewall-${group}-id` && rule.portRangeMin === port)
      .map((rule) => rule.remoteIpPrefix ?? rule.remoteGroupId);
  expect(from("master", 6443).sort()).toEqual([
    "10.180.0.0/24",
    "platform-firewall-master-id",
    "platform-firewall-worker-id",
  ]);
  expect(from("registry", 5000)).toEqual(["10.180.0.0/24"]);
  expect(from("database", 3306)).toEqual(["10.180.0.0/24"]);
  expect(from("worker", 30000)).toEqual([]);
  expect(inputsOf("networking/secGroup:SecGroup").map(({ name }) => name)).not.toContain("kpaas-test-haproxy");
});
