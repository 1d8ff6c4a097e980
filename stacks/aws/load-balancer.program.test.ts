import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

let recorded: Recorded;

beforeAll(async () => {
  // The longest name there is.
  const environment = parseEnvironment("t".repeat(40), {
    infrastructure: { kind: "aws" },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
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

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `aws:${type}`);
const inputsOf = (type: string) => ofType(type).map(({ inputs }) => inputs);

test("machines reach an internal one at the gateway's address, operators one in front of every zone", () => {
  const byName = Object.fromEntries(ofType("lb/loadBalancer:LoadBalancer").map(({ name, inputs }) => [name, inputs]));
  expect(byName).toMatchObject({
    "platform-load-balancer-internal": {
      internal: true,
      subnetMappings: [{ subnetId: "platform-network-front-1-id", privateIpv4Address: "10.180.0.8" }],
    },
    "platform-load-balancer-public": {
      internal: false,
      subnets: [1, 2, 3].map((zone) => `platform-network-front-${zone}-id`),
    },
  });
  expect(Object.keys(byName)).toHaveLength(2);
});

test("only what the port table lets in to the gateway gets in: operators by range, nodes by group", () => {
  for (const { securityGroups } of inputsOf("lb/loadBalancer:LoadBalancer"))
    expect(securityGroups).toEqual(["platform-firewall-haproxy-id"]);
  const api = inputsOf("vpc/securityGroupIngressRule:SecurityGroupIngressRule").filter(
    ({ securityGroupId, fromPort }) => securityGroupId === "platform-firewall-haproxy-id" && fromPort === 6443,
  );
  expect(api.map(({ cidrIpv4, referencedSecurityGroupId }) => cidrIpv4 ?? referencedSecurityGroupId).sort()).toEqual([
    "203.0.113.0/24",
    "platform-firewall-master-id",
    "platform-firewall-worker-id",
  ]);
});

test("masters, registry and database let its group in", () => {
  const rules = inputsOf("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter(({ referencedSecurityGroupId }) => referencedSecurityGroupId === "platform-firewall-haproxy-id")
    .map(({ securityGroupId, fromPort }) => [securityGroupId.replace("platform-firewall-", ""), fromPort]);
  expect(rules.sort()).toEqual([
    ["database-id", 3306],
    ["master-id", 6443],
    ["registry-id", 5000],
  ]);
});

test("each side passes each port on to the machines that answer there, in its own name: a master may be its own client", () => {
  const groups = inputsOf("lb/targetGroup:TargetGroup");
  expect(groups.map(({ port }) => port).sort()).toEqual([3306, 3306, 5000, 5000, 6443, 6443]);
  for (const group of groups)
    expect(group).toMatchObject({ protocol: "TCP", preserveClientIp: "false", healthCheck: { protocol: "TCP" } });
  const listeners = inputsOf("lb/listener:Listener").map(({ loadBalancerArn, port }) => `${loadBalancerArn} ${port}`);
  const sides = ["internal", "public"].map((side) => `platform-load-balancer-${side} arn`);
  expect(listeners.sort()).toEqual(sides.flatMap((arn) => [3306, 5000, 6443].map((port) => `${arn} ${port}`)));
  const targets = ofType("lb/targetGroupAttachment:TargetGroupAttachment").map(({ inputs }) => [
    inputs.targetId,
    inputs.port,
  ]);
  const once = ["10.180.0.72", "10.180.1.72", "10.180.2.72"].map((address) => [address, 6443]);
  expect(targets).toHaveLength(10);
  expect(targets).toEqual(expect.arrayContaining([...once, ["10.180.0.80", 5000], ["10.180.0.84", 3306]]));
});

test("names keep to the 32 characters that AWS takes, and differ", () => {
  const names = [...inputsOf("lb/loadBalancer:LoadBalancer"), ...inputsOf("lb/targetGroup:TargetGroup")].map(
    ({ name }) => name,
  );
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,32}$/);
  expect(new Set(names).size).toBe(8);
});

test("no machine but the bastion has an address of its own", () => {
  const associated = ofType("ec2/eipAssociation:EipAssociation").map(({ name }) => name);
  expect(associated).toEqual(["platform-bastion-address"]);
});
