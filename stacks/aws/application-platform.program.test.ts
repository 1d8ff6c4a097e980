import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cloudConfig } from "../../bosh/cloud-config.ts";
import { deployable } from "../../bosh/deployable.ts";
import { directorOperations } from "../../bosh/director.ts";
import { parseEnvironment } from "../../config/parse.ts";
import {
  applicationInputs,
  jumpHostFiles,
  recordApplications,
} from "../../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded } from "../../tests/harness/mocks/mocks.ts";
import { directorPolicy } from "./director-identity.ts";
import { createInfrastructure } from "./index.ts";

// The longest name there is.
const name = "t".repeat(40);
const environment = deployable(
  parseEnvironment(name, {
    infrastructure: { kind: "aws" },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", clientCidrs: ["198.51.100.0/24"] },
  }),
);
let recorded: Recorded;

beforeAll(async () => {
  recorded = await recordApplications(environment, createInfrastructure);
}, 60_000);

const inputsOf = (type: string) => ofType(recorded, `aws:${type}`).map(({ inputs }) => inputs);
const applications = (type: string) => applicationInputs(recorded, `aws:${type}`);

const file = (path: string): Record<string, unknown> => parse(jumpHostFiles(recorded)[`bosh/files/${path}`] ?? "null");

test("the VMs have a range of the VPC's own, a subnet for each zone that goes out by the zone's NAT gateway", () => {
  expect(inputsOf("ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")).toEqual([
    { vpcId: "platform-network-id", cidrBlock: "10.182.0.0/22" },
  ]);
  expect(
    applications("ec2/subnet:Subnet").map(({ cidrBlock, availabilityZone }) => [cidrBlock, availabilityZone]),
  ).toEqual([
    ["10.182.0.0/24", "ap-northeast-2a"],
    ["10.182.1.0/24", "ap-northeast-2b"],
    ["10.182.2.0/24", "ap-northeast-2c"],
  ]);
  const tables = applications("ec2/routeTableAssociation:RouteTableAssociation").map(
    ({ routeTableId }) => routeTableId,
  );
  expect(tables).toEqual([1, 2, 3].map((zone) => `platform-network-private-${zone}-id`));
});

describe("names that BOSH is given", () => {
  test("each security group of the cloud-config is made", () => {
    const given = environment && JSON.stringify([cloudConfig(environment), directorOperations(environment)]);
    const named = new Set(given?.match(/kpaas-t+-cf-[a-z0-9-]+/g));
    const made = inputsOf("ec2/securityGroup:SecurityGroup").map(({ name }) => name as string);
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((name) => !made.includes(name))).toEqual([]);
  });

  test("each group's target groups are made, in names that AWS takes", () => {
    const vars = file("cloud-config/vars.yml");
    const made = inputsOf("lb/targetGroup:TargetGroup").map(({ name }) => name as string);
    const given = ["router", "tcp-router", "scheduler"].map((group) => vars[`lb_target_groups_${group}`] as string[]);
    expect(given.map(({ length }) => length)).toEqual([2, 100, 1]);
    for (const target of given.flat()) {
      expect(made).toContain(target);
      expect(target).toMatch(/^[a-z0-9-]{1,32}$/);
    }
  });

  test("subnets, key pair and instance profile are told by the names that AWS gave them", () => {
    expect(file("cloud-config/vars.yml")).toMatchObject({
      subnet_id_z1: "applications-1-id",
      subnet_id_z3: "applications-3-id",
    });
    expect(file("director/vars.yml")).toMatchObject({
      default_key_name: `kpaas-${name}`,
      iam_instance_profile: `kpaas-${name}-cf-director`,
    });
  });
});

describe("the gateway", () => {
  test("has a listener for each port; 443 and 4443 lead to the same VMs", () => {
    const listeners = applications("lb/listener:Listener");
    expect(listeners).toHaveLength(104);
    const leadsTo = (port: number) =>
      listeners.find((listener) => listener.port === port)?.defaultActions[0].targetGroupArn;
    expect(leadsTo(4443)).toBe(leadsTo(443));
    expect(leadsTo(80)).not.toBe(leadsTo(443));
  });

  test("asks a TCP router whether it is well at a port that does not depend on routes", () => {
    const target = applications("lb/targetGroup:TargetGroup").find(({ port }) => port === 1100);
    expect(target).toMatchObject({ targetType: "instance", preserveClientIp: "false", healthCheck: { port: "80" } });
  });

  test("lets in clients, and VMs that come from their NAT gateways; behind it VMs let in its group", () => {
    const rules = inputsOf("vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    const from = (group: string, port: number) =>
      rules
        .filter((rule) => rule.securityGroupId === `applications-firewall-${group}-id` && rule.fromPort === port)
        .map((rule) => rule.cidrIpv4 ?? rule.referencedSecurityGroupId);
    expect(from("gateway", 443)).toEqual(expect.arrayContaining(["198.51.100.0/24", "10.182.0.0/22"]));
    expect(from("gateway", 443)).toHaveLength(5);
    expect(from("router", 443)).toEqual(["applications-firewall-gateway-id"]);
    expect(from("director", 25555)).toEqual(["platform-firewall-jumphost-id"]);
  });
});

describe("the director's identity", () => {
  test("is the jump host's, too, and no other machine's", () => {
    const withProfile = inputsOf("ec2/instance:Instance").filter(({ iamInstanceProfile }) => iamInstanceProfile);
    expect(withProfile.map(({ tags }) => tags["kpaas-role"])).toEqual(["jumphost"]);
  });

  const policy = directorPolicy({
    region: "ap-northeast-2",
    roleArn: "arn:aws:iam::1:role/director",
    subnetArns: ["arn:aws:ec2:ap-northeast-2:1:subnet/subnet-1"],
    targetGroups: "kpaas-cf-*-0123abcd",
  });
  const statement = (sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);
  const allowed = policy.Statement.filter(({ Effect }) => Effect === "Allow");

  test("only looks everywhere: whatever changes something is limited", () => {
    for (const { Action, Resource, Sid, ...rest } of allowed.filter(({ Resource }) => Resource === "*"))
      if (Sid === "Look") for (const action of Action) expect(action).toMatch(/:Describe/);
      else expect(rest).toHaveProperty("Condition");
  });

  test("makes VMs in its own subnets", () => {
    const subnets = [statement("MakeVms")?.Resource].flat().filter((resource) => resource?.includes("subnet"));
    expect(subnets).toEqual(["arn:aws:ec2:ap-northeast-2:1:subnet/subnet-1"]);
    expect(allowed.filter(({ Action }) => [Action].flat().includes("ec2:RunInstances"))).toHaveLength(1);
  });

  test("does not harm what the installer made, by its tag", () => {
    expect(statement("NoHarmToTheInstallers")).toMatchObject({
      Effect: "Deny",
      Action: expect.arrayContaining(["ec2:TerminateInstances", "ec2:DeleteVolume", "ec2:DetachVolume"]),
    });
    for (const { tags } of inputsOf("ec2/instance:Instance")) expect(tags).toHaveProperty("kpaas-environment");
    for (const { tags } of inputsOf("ebs/volume:Volume")) expect(tags).toHaveProperty("kpaas-environment");
  });

  test("needs no password, so that no secret of the stack is asked for", () => {
    expect(file("director/secrets.yml")).toBeNull();
  });
});

test("no two resources have the same tag, by which a killed run's is found, but a role and its profile, which go by name", () => {
  const tags = recorded.resources
    .filter(({ type }) => type.startsWith("aws:") && !type.startsWith("aws:iam/instanceProfile"))
    .flatMap(({ inputs }) => inputs.tags?.["kpaas-resource"] ?? []);
  expect(tags.length).toBeGreaterThan(300);
  expect(tags.filter((tag, index) => tags.indexOf(tag) !== index)).toEqual([]);
});

test("all that AWS tags has the tags by which a killed run's is found", () => {
  const untagged = recorded.resources
    .filter(({ type, name }) => type.startsWith("aws:") && name.startsWith("applications"))
    .filter(({ inputs }) => !inputs.tags)
    .map(({ type }) => type);
  expect([...new Set(untagged)].sort()).toEqual([
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/volumeAttachment:VolumeAttachment",
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    "aws:iam/rolePolicy:RolePolicy",
  ]);
});
