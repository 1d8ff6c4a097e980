import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";
import { keyPairName, nameOf } from "./provider.ts";

function platform(workers: number): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "tencent", image: "img-487zeit5" },
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

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `tencentcloud:index/${type}`);
const instances = () => ofType("instance:Instance");

test("a worker is an instance and a node", async () => {
  const [one, two] = [names(recorded), names(await platform(2))];
  expect(two.filter((name) => !one.includes(name)).sort()).toEqual([
    "kpaas:index:Node platform-worker-2-node",
    "tencentcloud:index/instance:Instance platform-worker-2",
  ]);
});

test("only HAProxy, the bastion and the NAT gateway have public addresses", () => {
  expect(
    ofType("eip:Eip")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["platform-bastion-address", "platform-haproxy-1-address", "platform-network-nat-address"]);
});

test("subnets with private machines are routed to the NAT gateway, those in front are not", () => {
  const routed = ofType("subnet:Subnet").filter(({ inputs }) => inputs.routeTableId);
  expect(routed.map(({ name, inputs }) => [name.replace("platform-network-", ""), inputs.routeTableId])).toEqual(
    ["platform-1", "workers-1", "platform-2", "workers-2"].map((name) => [name, "platform-network-private-id"]),
  );
  expect(ofType("routeTableEntry:RouteTableEntry").map(({ inputs }) => inputs)).toMatchObject([
    { routeTableId: "platform-network-private-id", nextType: "NAT", nextHub: "platform-network-nat-id" },
  ]);
});

test("every machine but a worker has its fixed address, and machines of a role are in zones and on hosts of their own", () => {
  expect(
    instances()
      .filter(({ inputs }) => !inputs.privateIp)
      .map(({ name }) => name),
  ).toEqual(["platform-worker-1"]);
  const masters = instances().filter(({ name }) => name.includes("-master-"));
  expect(masters.map(({ inputs }) => `${inputs.availabilityZone} ${inputs.subnetId}`).sort()).toEqual([
    "ap-seoul-1 platform-network-platform-1-id",
    "ap-seoul-1 platform-network-platform-1-id",
    "ap-seoul-2 platform-network-platform-2-id",
  ]);
  expect(masters.map(({ inputs }) => inputs.placementGroupId)).toEqual(Array(3).fill("master-placement-group-id"));
});

test("every machine is made from pinned images and user-data, a pool's from one image", () => {
  expect(pins(recorded)).toEqual(wantedPins(recorded, "tencentcloud:index/instance:Instance", ["image", "user-data"]));
});

test("disks with data are encrypted, of a size that the cloud sells, and attached to their own machines", () => {
  const disks = ofType("cbsStorage:CbsStorage");
  expect(disks).toHaveLength(6);
  for (const { inputs } of disks) {
    expect(inputs.encrypt).toBe(true);
    expect(inputs.storageSize % 10).toBe(0);
  }
  const attached = ofType("cbsStorageAttachment:CbsStorageAttachment");
  expect(attached.map(({ inputs }) => `${inputs.storageId} ${inputs.instanceId}`).sort()).toEqual(
    ["database", "master-1", "master-2", "master-3", "registry", "storage"].map(
      (name) => `platform-${name}-data-id platform-${name}-id`,
    ),
  );
});

test("new machines' boot disks are encrypted, and an update of kpaas replaces none that has another", () => {
  for (const { type, name, inputs } of instances()) {
    expect(inputs.systemDiskEncrypt).toBe(true);
    expect(recorded.ties.get(`${type} ${name}`)?.ignoredChanges).toEqual(["systemDiskEncrypt"]);
  }
});

test("user-data is cloud-init's, within the 16 KiB of base64 that the cloud takes; a change makes a new machine", () => {
  for (const { inputs } of instances()) {
    expect(inputs.userData.length).toBeLessThanOrEqual(16 * 1024);
    expect(gunzipSync(Buffer.from(inputs.userData, "base64")).toString()).toMatch(/^#cloud-config\n/);
    expect(inputs.userDataReplaceOnChange).toBe(true);
  }
});

test("machines of a group let one another in only by the port table", () => {
  const [etcd] = ofType("securityGroupRuleSet:SecurityGroupRuleSet").filter(({ name }) => name.includes("-master-"));
  expect(etcd?.inputs).toMatchObject({ securityGroupId: "platform-firewall-master-id" });
  const sources = etcd?.inputs.ingresses
    .filter(({ port }: { port?: string }) => port === "2379-2380")
    .map(({ sourceSecurityId }: { sourceSecurityId: string }) => sourceSecurityId);
  expect(sources).toEqual(["platform-firewall-master-id"]);
});

test("names are cut to what the cloud takes, and stay different", () => {
  const [one, other] = ["x".repeat(40), `${"x".repeat(39)}y`];
  expect(keyPairName("my-platform")).toBe("kpaas_my_platform");
  expect(keyPairName(one)).toHaveLength(25);
  expect(keyPairName(one)).not.toBe(keyPairName(other));
  expect(nameOf("test", "platform-network")).toBe("kpaas-test-platform-network");
  expect(nameOf(one, "platform-network-platform-1")).toHaveLength(60);
  expect(nameOf(one, "platform-network-platform-1")).not.toBe(nameOf(one, "platform-network-platform-2"));
});
