import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cloudConfig } from "../../bosh/cloud-config.ts";
import { deployable } from "../../bosh/deployable.ts";
import { directorOperations } from "../../bosh/director.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { jumpHostFiles, recordApplications } from "../../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded } from "../../tests/harness/mocks/mocks.ts";
import * as kt from "../kt/index.ts";
import * as nhn from "../nhn/index.ts";
import { createInfrastructure } from "./index.ts";
import { lookups } from "./recovery.ts";

type Maker = typeof createInfrastructure;

function environmentOf(gateway: "haproxy" | "load-balancer", infrastructure: { kind: string; network?: string }) {
  const environment = parseEnvironment("test", {
    infrastructure: {
      image: "ubuntu-24.04",
      availabilityZones: ["a", "b", "c"],
      machineTypes: [{ name: "big", vcpus: 8, memoryGiB: 16 }],
      dnsServers: ["192.0.2.53"],
      ...infrastructure,
    },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", gateway, clientCidrs: ["198.51.100.0/24"] },
  });
  const withApplications = deployable(environment);
  if (!withApplications) throw new Error("no application platform");
  return withApplications;
}

function built(environment: ReturnType<typeof environmentOf>, maker: Maker = createInfrastructure): Promise<Recorded> {
  const secrets = { "bosh-director": { username: "director", password: "SECRET-password" } };
  return recordApplications(environment, maker, secrets);
}

const openstack = { kind: "openstack" };
const balanced = environmentOf("load-balancer", openstack);
const behindHaproxy = environmentOf("haproxy", openstack);
let withBalancer: Recorded;
let withHaproxy: Recorded;

beforeAll(async () => {
  withBalancer = await built(balanced);
  withHaproxy = await built(behindHaproxy);
}, 60_000);

const inputsOf = (recorded: Recorded, type: string) =>
  ofType(recorded, `openstack:${type}`).map(({ inputs }) => inputs);

describe("names that BOSH is given", () => {
  test.each([
    ["a load balancer", balanced, () => withBalancer],
    ["haproxy", behindHaproxy, () => withHaproxy],
  ] as const)("each security group and pool of the cloud-config is made, with %s", (_, environment, recorded) => {
    const given = JSON.stringify([cloudConfig(environment), directorOperations(environment)]);
    const named = new Set(given.match(/kpaas-test-cf-[a-z0-9-]+/g));
    const made = [
      ...inputsOf(recorded(), "networking/secGroup:SecGroup"),
      ...inputsOf(recorded(), "loadbalancer/pool:Pool"),
    ]
      .map(({ name }) => name as string)
      .filter((name) => name.startsWith("kpaas-test-cf-"));
    expect([...named].filter((name) => !made.includes(name))).toEqual([]);
    expect(new Set(made).size).toBe(made.length);
  });
});

describe("the network", () => {
  test("is the VMs' own, with a subnet for each zone on the machines' router", () => {
    const subnets = inputsOf(withHaproxy, "networking/subnet:Subnet").filter(({ name }) => name.includes("-cf-"));
    expect(subnets.map(({ cidr, networkId }) => [cidr, networkId])).toEqual(
      ["10.182.0.0/24", "10.182.1.0/24", "10.182.2.0/24"].map((cidr) => [cidr, "applications-id"]),
    );
    const interfaces = inputsOf(withHaproxy, "networking/routerInterface:RouterInterface");
    expect(new Set(interfaces.map(({ routerId }) => routerId))).toEqual(new Set(["platform-network-router-id"]));
    expect(interfaces).toHaveLength(6);
  });

  test("the cloud gives out no address that BOSH does", () => {
    const [first] = inputsOf(withHaproxy, "networking/subnet:Subnet").filter(({ name }) => name === "kpaas-test-cf-1");
    expect(first?.allocationPools).toEqual([{ start: "10.182.0.8", end: "10.182.0.15" }]);
    expect(first?.gatewayIp).toBe("10.182.0.1");
  });

  test("one that exists is found, with its subnets, and nothing is made in its place", async () => {
    const recorded = await built(environmentOf("haproxy", { ...openstack, network: "shared" }));
    expect(inputsOf(recorded, "networking/network:Network")).toEqual([]);
    expect(inputsOf(recorded, "networking/subnet:Subnet")).toEqual([]);
  });
});

describe("the firewall", () => {
  const from = (recorded: Recorded, group: string, port: number) =>
    inputsOf(recorded, "networking/secGroupRule:SecGroupRule")
      .filter((rule) => rule.securityGroupId === `applications-firewall-${group}-id` && rule.portRangeMin === port)
      .map((rule) => rule.remoteIpPrefix ?? rule.remoteGroupId);

  test("only the jump host talks to the director, and only the director enters VMs", () => {
    expect(from(withHaproxy, "director", 25555)).toEqual(["platform-firewall-jumphost-id"]);
    expect(from(withHaproxy, "vms", 22)).toEqual(["applications-firewall-director-id"]);
    expect(from(withHaproxy, "director", 4222)).toEqual(["10.182.0.0/22"]);
  });

  test("a rule goes with its group", () => {
    const ties = [...withHaproxy.ties].filter(([name]) => name.includes(":SecGroupRule applications"));
    expect(ties.length).toBeGreaterThan(20);
    for (const [name, { deletedWith = "none" }] of ties) {
      expect(deletedWith, name).toMatch(/:SecGroup applications-firewall-/);
      expect(name).toContain(`:SecGroupRule ${deletedWith.slice(deletedWith.indexOf(" ") + 1)}-`);
    }
  });

  test("behind Octavia's load balancer VMs let in what the cloud has in each zone; it has no group", () => {
    expect(from(withBalancer, "router", 443).sort()).toEqual(["10.182.0.8/29", "10.182.1.8/29", "10.182.2.8/29"]);
    expect(from(withBalancer, "gateway", 443)).toEqual([]);
    expect(from(withHaproxy, "router", 443)).toEqual(["applications-firewall-haproxy-id"]);
  });

  test("VMs reach the gateway by its outer address, too: they come from their router's", () => {
    expect(from(withHaproxy, "haproxy", 443).sort()).toEqual(["10.182.0.0/22", "198.51.100.0/24", "198.51.100.1/32"]);
    const https = inputsOf(withBalancer, "loadbalancer/listener:Listener").find(({ protocolPort, name }) => {
      return protocolPort === 443 && name.includes("-cf-");
    });
    expect(https?.allowedCidrs).toEqual(["10.182.0.0/22", "198.51.100.0/24", "198.51.100.1/32"]);
  });
});

describe("the gateway", () => {
  test("has a listener, a pool and a monitor for each of K-PaaS's ports, SSH for operators only", () => {
    const listeners = inputsOf(withBalancer, "loadbalancer/listener:Listener").filter(({ name }) =>
      name.includes("-cf-"),
    );
    expect(listeners).toHaveLength(104);
    const ssh = listeners.find(({ protocolPort }) => protocolPort === 2222);
    expect(ssh?.allowedCidrs).toEqual(["203.0.113.0/24"]);
    expect(inputsOf(withBalancer, "loadbalancer/monitor:Monitor")).toHaveLength(104);
  });

  test("its parts are made one after another, as Octavia makes one at a time", () => {
    const parts = withBalancer.resources.filter(
      ({ type, name }) => /(Listener|Pool|Monitor)$/.test(type) && /^applications/.test(name),
    );
    const kinds = parts.map(({ type }) => type.split(":").at(-1));
    expect(kinds).toEqual(parts.map((_, index) => ["Listener", "Pool", "Monitor"][index % 3]));
  });

  test("Octavia deletes its monitors with their pools", () => {
    const ties = [...withBalancer.ties].filter(([name]) => /:Monitor applications/.test(name));
    expect(ties).toHaveLength(104);
    for (const [name, { deletedWith }] of ties) expect(deletedWith).toBe(name.replace("monitor:Monitor", "pool:Pool"));
  });

  test("haproxy's floating address is there before its VM, found again by its description", () => {
    const addresses = inputsOf(withHaproxy, "networking/floatingIp:FloatingIp").filter(({ portId }) => !portId);
    expect(addresses).toEqual([{ pool: "public", description: "kpaas-test-cf-haproxy" }]);
    expect(parse(jumpHostFiles(withHaproxy)["bosh/files/cf/vars.yml"] ?? "")).toMatchObject({
      haproxy_public_ip: "198.51.100.9",
    });
  });
});

describe("the jump host", () => {
  test("gets all that BOSH is to be told, the director's user from the stack's secret", () => {
    const delivered = jumpHostFiles(withHaproxy);
    expect(parse(delivered["bosh/files/director/vars.yml"] ?? "")).toMatchObject({
      auth_url: "https://keystone.example.com:5000/v3",
      openstack_project: "project-1",
      openstack_domain: "Default",
      openstack_username: "director",
      region: "region-1",
      default_key_name: "kpaas-test",
      internal_ip: "10.182.0.6",
    });
    expect(parse(delivered["bosh/files/cloud-config/vars.yml"] ?? "")).toEqual({
      dns_servers: ["192.0.2.53"],
      net_id: "applications-id",
    });
    expect(delivered["bosh/files/director/secrets.yml"]).toContain("SECRET-password");
  });

  test("the password is in its secret files and nowhere else", () => {
    const others = withHaproxy.resources.filter(({ type }) => type !== "kpaas:index:MachineFiles");
    expect(JSON.stringify(others)).not.toContain("SECRET-password");
  });

  test("is a machine like others, behind the bastion, its disk kept", () => {
    const [server] = inputsOf(withHaproxy, "compute/instance:Instance").filter(({ name }) => name === "test-jumphost");
    expect(server?.metadata).toMatchObject({ "kpaas-role": "jumphost" });
    expect(server?.blockDevices).toHaveLength(2);
    const floating = inputsOf(withHaproxy, "networking/floatingIp:FloatingIp").map(({ portId }) => portId);
    expect(floating).not.toContain("applications-jumphost-port-id");
  });
});

test("what a killed run left is looked for, whatever of it was in the making", () => {
  const types = [...withBalancer.resources, ...withHaproxy.resources]
    .filter(({ name, type }) => name.startsWith("applications") && type.startsWith("openstack:"))
    .map(({ type }) => type);
  expect(types).toContain("openstack:loadbalancer/monitor:Monitor");
  expect([...new Set(types)].filter((type) => !(type in lookups))).toEqual([]);
});

describe("clouds that are built on OpenStack", () => {
  const existing = (kind: string) => environmentOf("haproxy", { kind, network: "shared" });

  test("NHN Cloud's load balancer has a security group in place of lists", async () => {
    const environment = environmentOf("load-balancer", { kind: "nhn", network: "shared" });
    const recorded = await built(environment, nhn.createInfrastructure as Maker);
    const balancer = inputsOf(recorded, "loadbalancer/loadBalancer:LoadBalancer").find(({ name }) =>
      name.includes("-cf-"),
    );
    expect(balancer?.securityGroupIds).toEqual(["applications-firewall-gateway-id"]);
    for (const { allowedCidrs, name } of inputsOf(recorded, "loadbalancer/listener:Listener"))
      if (name.includes("-cf-")) expect(allowedCidrs).toBeUndefined();
  });

  test("KT Cloud forwards ports to what is there: haproxy gets no address before it is", async () => {
    const recorded = await built(existing("kt"), kt.createInfrastructure as Maker);
    const descriptions = inputsOf(recorded, "networking/floatingIp:FloatingIp").map(({ description }) => description);
    expect(descriptions).not.toContain("kpaas-test-cf-haproxy");
    expect(jumpHostFiles(recorded)["bosh/files/cf/vars.yml"]).not.toContain("haproxy_public_ip");
  });
});
