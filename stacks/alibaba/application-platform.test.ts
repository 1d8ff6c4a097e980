import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deployable } from "../../bosh/deployable.ts";
import type { BoshValues } from "../../bosh/variables.ts";
import { ApplicationPlatform } from "../../components/application-platform.ts";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { ofType, type Recorded, record } from "../../components/testing.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { createInfrastructure } from "./index.ts";
import { lookedFor } from "./recovery.ts";

// The longest name there is.
const name = "t".repeat(40);
const environment = deployable(
  parseEnvironment(name, {
    infrastructure: { kind: "alibaba", image: "m-ubuntu" },
    network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", clientCidrs: ["198.51.100.0/24"] },
  }),
);
let recorded: Recorded;

beforeAll(async () => {
  recorded = await record(() => {
    if (!environment) throw new Error("no application platform");
    const infrastructure = createInfrastructure(environment, {});
    const { part } = new ContainerPlatform("platform", { environment, infrastructure });
    const secrets: BoshValues["secrets"] = { "bosh-director": { username: "key-id", password: "SECRET-key" } };
    new ApplicationPlatform("applications", { ...part, environment, stackSecrets: pulumi.secret(secrets) });
  });
}, 60_000);

const applications = (type: string) =>
  ofType(recorded, `alicloud:${type}`)
    .filter(({ name }) => name.startsWith("applications"))
    .map(({ inputs }) => inputs);

function files(): Record<string, string> {
  const delivered = ofType(recorded, "kpaas:index:SecretFiles").find(({ name }) => name.startsWith("applications-"));
  return (delivered?.inputs.files?.value ?? delivered?.inputs.files) as Record<string, string>;
}
const file = (path: string): Record<string, unknown> => parse(files()[`bosh/files/${path}`] ?? "null");

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

  test("haproxy has the address that users reach", () => {
    expect(file("cf/vars.yml")).toMatchObject({ haproxy_public_ip: "applications-haproxy address" });
  });

  test("the access key is in its secret files and nowhere else", () => {
    expect(file("director/secrets.yml")).toEqual({ access_key_id: "key-id", access_key_secret: "SECRET-key" });
    const elsewhere = Object.entries(files()).filter(([path]) => !path.endsWith("director/secrets.yml"));
    expect(JSON.stringify(elsewhere)).not.toContain("SECRET-key");
    const others = recorded.resources.filter(({ type }) => type !== "kpaas:index:SecretFiles");
    expect(JSON.stringify(others)).not.toContain("SECRET-key");
  });
});

describe("the firewall", () => {
  const from = (group: string, portRange: string) =>
    ofType(recorded, "alicloud:ecs/securityGroupRule:SecurityGroupRule")
      .map(({ inputs }) => inputs)
      .filter((rule) => rule.securityGroupId === `applications-firewall-${group}-id` && rule.portRange === portRange)
      .map((rule) => rule.cidrIp ?? rule.sourceSecurityGroupId);

  test("only the jump host talks to the director, and only the director enters VMs", () => {
    expect(from("director", "25555/25555")).toEqual(["platform-firewall-jumphost-id"]);
    expect(from("vms", "22/22")).toEqual(["applications-firewall-director-id"]);
    for (const { innerAccessPolicy } of applications("ecs/securityGroup:SecurityGroup"))
      expect(innerAccessPolicy).toBe("Drop");
  });

  test("VMs reach the gateway by its outer address, too: they come from the NAT gateway's", () => {
    expect(from("haproxy", "443/443").sort()).toEqual([
      "10.182.0.0/22",
      "198.51.100.0/24",
      "platform-network-nat-address address/32",
    ]);
    expect(from("haproxy", "1024/1123")).toHaveLength(3);
    expect(from("haproxy", "2222/2222")).toEqual(["203.0.113.0/24"]);
    expect(from("router", "443/443")).toEqual(["applications-firewall-haproxy-id"]);
  });
});

test("what a killed run left is looked for; only a group's rules are made again", () => {
  const types = recorded.resources
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
