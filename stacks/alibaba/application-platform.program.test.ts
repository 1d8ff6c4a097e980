import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deployable } from "../../bosh/deployable.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import { parseEnvironment } from "../../config/parse.ts";
import {
  applicationInputs,
  jumpHostFiles,
  recordApplications,
} from "../../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded } from "../../tests/harness/mocks/mocks.ts";
import { answersAt, balancedGroups, watchedPort } from "./application-load-balancer.ts";
import { createInfrastructure } from "./index.ts";
import { lookedFor } from "./recovery.ts";

// The longest name there is.
const name = "t".repeat(40);

function built(gateway?: "haproxy", clientCidrs = ["198.51.100.0/24"]): Promise<Recorded> {
  const environment = deployable(
    parseEnvironment(name, {
      infrastructure: { kind: "alibaba", image: "m-ubuntu" },
      network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
      applicationPlatform: { systemDomain: "cf.example.com", gateway, clientCidrs },
    }),
  );
  const secrets = { "bosh-director": { username: "key-id", password: "SECRET-key" } };
  return recordApplications(environment, createInfrastructure, secrets);
}

let recorded: Recorded;
let behindHaproxy: Recorded;

beforeAll(async () => {
  recorded = await built();
  behindHaproxy = await built("haproxy");
}, 60_000);

const applications = (type: string, from = recorded) => applicationInputs(from, `alicloud:${type}`);
const file = (path: string, from = recorded): Record<string, unknown> =>
  parse(jumpHostFiles(from)[`bosh/files/${path}`] ?? "null");

test("the VMs have a range of the VPC's own, a vSwitch for each zone that goes out by the NAT gateway", () => {
  expect(applications("vpc/ipv4CidrBlock:Ipv4CidrBlock")).toEqual([
    { vpcId: "platform-network-id", secondaryCidrBlock: "10.182.0.0/22" },
  ]);
  expect(applications("vpc/switch:Switch").map(({ cidrBlock, zoneId }) => [cidrBlock, zoneId])).toEqual([
    ["10.182.0.0/23", "ap-northeast-2a"],
    ["10.182.2.0/23", "ap-northeast-2b"],
  ]);
  const entries = applications("vpc/snatEntry:SnatEntry");
  expect(entries.map(({ sourceVswitchId, snatIp }) => [sourceVswitchId, snatIp])).toEqual(
    ["applications-1-id", "applications-2-id"].map((id) => [id, "platform-network-nat-address address"]),
  );
});

describe("what BOSH is given", () => {
  test("vSwitches and security groups are told by their ids, the key pair by its name", () => {
    const vars = file("cloud-config/vars.yml");
    expect(vars).toMatchObject({
      key_pair_name: `kpaas-${name}`,
      vswitch_id_z1: "applications-1-id",
      vswitch_id_z2: "applications-2-id",
      [`security_group_kpaas-${name}-cf-router`]: "applications-firewall-router-id",
    });
    const groups = Object.values(vars).filter((id) => String(id).startsWith("applications-firewall-"));
    const made = ofType(recorded, "alicloud:ecs/securityGroup:SecurityGroup").map(({ name }) => `${name}-id`);
    expect(groups.length).toBeGreaterThan(15);
    expect(groups.filter((id) => !made.includes(String(id)))).toEqual([]);
  });

  test("each group that users reach is the load balancer's, or haproxy has an address", () => {
    const vars = file("cloud-config/vars.yml");
    for (const group of ["router", "tcp-router", "scheduler"])
      expect(vars[`slbs_${group}`]).toEqual(["applications-gateway-id"]);
    const haproxy = file("cf/vars.yml", behindHaproxy);
    expect(haproxy).toMatchObject({ haproxy_public_ip: "applications-haproxy address" });
    expect(applications("slb/listener:Listener", behindHaproxy)).toEqual([]);
  });

  test("the access key is in its secret files and nowhere else", () => {
    expect(file("director/secrets.yml")).toEqual({ access_key_id: "key-id", access_key_secret: "SECRET-key" });
    const elsewhere = Object.entries(jumpHostFiles(recorded)).filter(
      ([path]) => !path.endsWith("director/secrets.yml"),
    );
    expect(JSON.stringify(elsewhere)).not.toContain("SECRET-key");
    const others = recorded.resources.filter(({ type }) => type !== "kpaas:index:MachineFiles");
    expect(JSON.stringify(others)).not.toContain("SECRET-key");
  });
});

describe("the firewall", () => {
  const from = (recorded: Recorded, group: string, portRange: string) =>
    ofType(recorded, "alicloud:ecs/securityGroupRule:SecurityGroupRule")
      .map(({ inputs }) => inputs)
      .filter((rule) => rule.securityGroupId === `applications-firewall-${group}-id` && rule.portRange === portRange)
      .map((rule) => rule.cidrIp ?? rule.sourceSecurityGroupId)
      .sort();
  const nat = "platform-network-nat-address address/32";

  test("only the jump host talks to the director, and only the director enters VMs", () => {
    expect(from(recorded, "director", "25555/25555")).toEqual(["platform-firewall-jumphost-id"]);
    expect(from(recorded, "vms", "22/22")).toEqual(["applications-firewall-director-id"]);
    for (const { innerAccessPolicy } of applications("ecs/securityGroup:SecurityGroup"))
      expect(innerAccessPolicy).toBe("Drop");
  });

  test("haproxy lets VMs in by its outer address, too: they come from the NAT gateway's", () => {
    expect(from(behindHaproxy, "haproxy", "443/443")).toEqual(["10.182.0.0/22", "198.51.100.0/24", nat]);
    expect(from(behindHaproxy, "haproxy", "2222/2222")).toEqual(["203.0.113.0/24"]);
    expect(from(behindHaproxy, "router", "443/443")).toEqual(["applications-firewall-haproxy-id"]);
  });

  test("behind the load balancer VMs let in its health checks, and whom it lets in to ports that lead there", () => {
    const checks = "100.64.0.0/10";
    expect(from(recorded, "router", "443/443")).toEqual([checks, "10.182.0.0/22", "198.51.100.0/24", nat].sort());
    expect(from(recorded, "scheduler", "2222/2222")).toEqual([checks, "203.0.113.0/24"]);
    expect(from(recorded, "tcp-router", "80/80")).toEqual([checks]);
  });
});

describe("the load balancer", () => {
  const listeners = () => applications("slb/listener:Listener");

  test("has a listener for each port; 443 and 4443 lead to the same one of VMs", () => {
    expect(listeners()).toHaveLength(104);
    const leadsTo = (port: number) => listeners().find(({ frontendPort }) => frontendPort === port)?.backendPort;
    expect([leadsTo(443), leadsTo(4443), leadsTo(1100)]).toEqual([443, 443, 1100]);
  });

  test("asks a VM at a port by which the groups are told apart, as all are in one group of servers", () => {
    for (const listener of gatewayListeners)
      for (const other of balancedGroups.filter((group) => group !== listener.group))
        expect(answersAt(other, watchedPort(listener))).toBe(false);
  });

  test("lets in whom each port is for, by lists that take 50 listeners at most", () => {
    const lists = new Map(applications("slb/acl:Acl").map(({ tags }) => [`${tags["kpaas-resource"]}-id`, 0]));
    for (const { aclStatus, aclType, aclIds } of listeners()) {
      expect([aclStatus, aclType]).toEqual(["on", "white"]);
      lists.set(aclIds[0], (lists.get(aclIds[0]) ?? Number.NaN) + 1);
    }
    expect([...lists.values()].every((count) => count > 0 && count <= 50)).toBe(true);
    const entriesOf = (port: number) => {
      const list = listeners().find(({ frontendPort }) => frontendPort === port)?.aclIds[0];
      return applications("slb/aclEntryAttachment:AclEntryAttachment")
        .filter(({ aclId }) => aclId === list)
        .map(({ entry }) => entry)
        .sort();
    };
    expect(entriesOf(2222)).toEqual(["203.0.113.0/24"]);
    expect(entriesOf(443)).toEqual(["10.182.0.0/22", "198.51.100.0/24", "platform-network-nat-address address/32"]);
  });
});

test("a client more is rules and entries more: what others come by keeps its name, and with it its place in the state", async () => {
  const withOneMore = await built(undefined, ["192.0.2.0/24", "198.51.100.0/24"]);
  for (const type of ["ecs/securityGroupRule:SecurityGroupRule", "slb/aclEntryAttachment:AclEntryAttachment"]) {
    const byName = (from: Recorded) =>
      new Map(ofType(from, `alicloud:${type}`).map(({ name, inputs }) => [name, inputs] as const));
    const [before, after] = [byName(recorded), byName(withOneMore)];
    for (const [name, inputs] of before) expect(after.get(name), name).toEqual(inputs);
    expect(after.size).toBeGreaterThan(before.size);
  }
});

test("what a killed run left is looked for; only a group's rules are made again", () => {
  const types = [...recorded.resources, ...behindHaproxy.resources]
    .filter(({ type, name }) => type.startsWith("alicloud:") && name.startsWith("applications"))
    .map(({ type }) => type);
  expect([...new Set(types)].filter((type) => !lookedFor.includes(type))).toEqual([
    "alicloud:ecs/securityGroupRule:SecurityGroupRule",
  ]);
  const tags = recorded.resources.flatMap(({ type, inputs }) =>
    type.startsWith("alicloud:") ? (inputs.tags?.["kpaas-resource"] ?? []) : [],
  );
  expect(tags.filter((tag, index) => tags.indexOf(tag) !== index)).toEqual([]);
});
