import { describe, expect, test } from "vitest";
import type { Properties } from "../../../provider/values.ts";
import { byType } from "./cloud.ts";
import { alicloud } from "./clouds/alicloud.ts";
import { aws } from "./clouds/aws.ts";
import { azureNative } from "./clouds/azure-native.ts";
import { gcp } from "./clouds/gcp.ts";
import { objectionTo } from "./rules.ts";
import type { CloudObject } from "./store.ts";

const clouds = { alicloud, aws, "azure-native": azureNative, gcp };
const object = (type: string, inputs: Properties, id = type): CloudObject => ({
  type,
  id,
  name: "it",
  inputs,
  outputs: {},
});

/** Gives a cloud's objection to an object beside others that are there. */
function objection(type: string, inputs: Properties, others: CloudObject[] = []): string | undefined {
  const cloud = clouds[type.slice(0, type.indexOf(":")) as keyof typeof clouds];
  const look = (id: unknown) => others.find((other) => other.id === id)?.inputs ?? {};
  return objectionTo(object(type, inputs), byType(cloud.types, type) ?? {}, look, () => others);
}

test.each([
  ["alicloud:slb/applicationLoadBalancer:ApplicationLoadBalancer", { loadBalancerName: "n".repeat(81) }],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "n".repeat(33) }],
  ["azure-native:authorization:RoleAssignment", { roleAssignmentName: "reader" }],
  ["azure-native:network:ApplicationSecurityGroup", { applicationSecurityGroupName: "n".repeat(81) }],
  ["azure-native:storage:StorageAccount", { accountName: "with-hyphen" }],
  ["gcp:compute/firewall:Firewall", { name: "n", sourceTags: ["n".repeat(64)] }],
  ["gcp:compute/network:Network", { name: "Capital" }],
  ["gcp:projects/iAMCustomRole:IAMCustomRole", { roleId: "with-hyphen" }],
  ["gcp:serviceaccount/account:Account", { accountId: "n".repeat(31) }],
])("%s: a name, tag or number that the cloud does not take is refused", (type, inputs) => {
  expect(objection(type, inputs)).toMatch(/invalid/i);
});

describe("a subnet lies in a range that its network has", () => {
  const [own, further] = ["10.180.0.0/24", "10.182.0.0/22"];

  test.each([
    ["alicloud", "vpc/switch:Switch", "vpc/ipv4CidrBlock:Ipv4CidrBlock", "secondaryCidrBlock"],
    ["aws", "ec2/subnet:Subnet", "ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "cidrBlock"],
  ])("on %s", (cloud, subnet, range, rangeInput) => {
    const network = object(`${cloud}:Network`, { cidrBlock: own }, "vpc");
    const added = object(`${cloud}:${range}`, { vpcId: "vpc", [rangeInput]: further });
    const at = (cidrBlock: string, others: CloudObject[]) =>
      objection(`${cloud}:${subnet}`, { vpcId: "vpc", cidrBlock }, others);
    expect(at("10.180.0.0/26", [network])).toBeUndefined();
    expect(at("10.182.0.0/24", [network])).toContain("10.182.0.0/24");
    expect(at("10.182.0.0/24", [network, added])).toBeUndefined();
  });

  test("on azure", () => {
    const subnets = [{ name: "applications-1", addressPrefix: "10.182.0.0/24" }];
    const at = (addressPrefixes: string[]) =>
      objection("azure-native:network:VirtualNetwork", { addressSpace: { addressPrefixes }, subnets });
    expect(at([own])).toContain("applications-1");
    expect(at([own, further])).toBeUndefined();
  });
});

test("no two rules of a group on azure have one name or one priority", () => {
  const rules = (...securityRules: Properties[]) =>
    objection("azure-native:network:NetworkSecurityGroup", { securityRules });
  expect(rules({ name: "a", priority: 100 }, { name: "b", priority: 101 })).toBeUndefined();
  expect(rules({ name: "a", priority: 100 }, { name: "b", priority: 100 })).toContain("SecurityRuleConflict");
  expect(rules({ name: "a", priority: 100 }, { name: "a", priority: 101 })).toContain("SecurityRuleConflict");
  expect(rules({ name: "a", priority: 99 })).toContain("SecurityRuleInvalid");
});

test("a role on azure is assigned where it may be, and below", () => {
  const role = object("azure-native:authorization:RoleDefinition", { assignableScopes: ["/groups/a"] }, "role");
  const at = (scope: string) =>
    objection("azure-native:authorization:RoleAssignment", { scope, roleDefinitionId: "role" }, [role]);
  expect(at("/groups/A/networks/n")).toBeUndefined();
  expect(at("/groups/ab")).toContain("RoleDefinitionNotAssignable");
});

test("on gcp a project's own account is meant by its address, too, and Google's are not checked", () => {
  const account = "projects/p/serviceAccounts/director@p.iam.gserviceaccount.com";
  expect(gcp.reference("serviceAccount:director@p.iam.gserviceaccount.com", gcp)).toBe(account);
  expect(gcp.reference("director@p.iam.gserviceaccount.com", gcp)).toBe(account);
  expect(gcp.reference(account, gcp)).toBe(account);
  expect(gcp.reference("serviceAccount:1-compute@developer.gserviceaccount.com", gcp)).toBeUndefined();
});
