import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, ofType, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

const instanceType = "alicloud:ecs/instance:Instance";

function platform(workers: number): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "alibaba", image: "m-mj7example" },
    network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count: workers }] },
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

let recorded: Recorded;

beforeAll(async () => {
  recorded = await platform(1);
});

test("a worker is an instance and a node", async () => {
  const [one, two] = [names(recorded), names(await platform(2))];
  expect(two.filter((name) => !one.includes(name)).sort()).toEqual([
    "alicloud:ecs/instance:Instance platform-worker-2",
    "kpaas:index:Node platform-worker-2-node",
  ]);
});

test("only HAProxy, the bastion and the NAT gateway have public addresses", () => {
  expect(ofType(recorded, "alicloud:ecs/eipAddress:EipAddress").map(({ name }) => name)).toEqual([
    "platform-network-nat-address",
    "platform-bastion-address",
    "platform-haproxy-1-address",
  ]);
  expect(ofType(recorded, instanceType).filter(({ inputs }) => inputs.internetMaxBandwidthOut)).toEqual([]);
});

test("every subnet reaches the outside before a machine is in it", () => {
  const subnets = ofType(recorded, "alicloud:vpc/switch:Switch").map(({ name }) => `${name}-id`);
  const translated = ofType(recorded, "alicloud:vpc/snatEntry:SnatEntry").map(({ inputs }) => inputs.sourceVswitchId);
  expect(subnets).toHaveLength(6);
  expect(translated).toEqual(subnets);
});

test("every machine but a worker has its fixed address, and machines of a role are in zones and on hosts of their own", () => {
  const instances = ofType(recorded, instanceType);
  expect(instances.filter(({ inputs }) => !inputs.privateIp).map(({ name }) => name)).toEqual(["platform-worker-1"]);
  const masters = instances.filter(({ name }) => name.includes("-master-"));
  expect(masters.map(({ inputs }) => inputs.vswitchId).sort()).toEqual([
    "platform-network-platform-1-id",
    "platform-network-platform-1-id",
    "platform-network-platform-2-id",
  ]);
  expect(masters.map(({ inputs }) => inputs.deploymentSetId)).toEqual(Array(3).fill("master-deployment-set-id"));
});

test("every machine is made from pinned images and user-data, a pool's from one image", () => {
  expect(pins(recorded)).toEqual(wantedPins(recorded, instanceType, ["image", "user-data"]));
});

test("every disk is encrypted, and one with data outlives its instance", () => {
  const disks = ofType(recorded, "alicloud:ecs/ecsDisk:EcsDisk");
  expect(disks.map(({ name }) => name).sort()).toEqual([
    "platform-database-data",
    "platform-master-1-data",
    "platform-master-2-data",
    "platform-master-3-data",
    "platform-registry-data",
    "platform-storage-data",
  ]);
  for (const { inputs } of disks) expect(inputs).toMatchObject({ encrypted: true, deleteWithInstance: false });
  for (const { inputs } of ofType(recorded, instanceType)) expect(inputs.systemDiskEncrypted).toBe(true);
});

test("the metadata service asks for a token", () => {
  for (const { inputs } of ofType(recorded, instanceType)) expect(inputs.httpTokens).toBe("required");
});

test("user-data is cloud-init's, within the 32 KiB that the cloud takes", () => {
  for (const { inputs } of ofType(recorded, instanceType)) {
    const bytes = Buffer.from(inputs.userData, "base64");
    expect(bytes.length).toBeLessThanOrEqual(32 * 1024);
    expect(gunzipSync(bytes).toString()).toMatch(/^#cloud-config\n/);
  }
});

test("machines of a group let one another in only by the port table", () => {
  const groups = ofType(recorded, "alicloud:ecs/securityGroup:SecurityGroup");
  expect(groups.map(({ inputs }) => inputs.innerAccessPolicy)).toEqual(groups.map(() => "Drop"));
  const rules = ofType(recorded, "alicloud:ecs/securityGroupRule:SecurityGroupRule");
  const ofWorkers = rules.filter(({ name }) => name.startsWith("platform-firewall-master-tcp-2379"));
  expect(ofWorkers.map(({ inputs }) => inputs)).toMatchObject([
    { type: "ingress", portRange: "2379/2380", sourceSecurityGroupId: "platform-firewall-master-id" },
  ]);
});
