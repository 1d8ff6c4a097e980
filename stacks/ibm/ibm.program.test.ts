import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

const key = "crn:v1:bluemix:public:kms:jp-osa:a/1:2:key:3";

function platform(workers: number, name = "test"): Promise<Recorded> {
  const environment = parseEnvironment(name, {
    infrastructure: {
      kind: "ibm",
      image: "r034-00000000-0000-4000-8000-000000000001",
      diskEncryptionKey: key,
    },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
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

const ofType = ({ resources }: Recorded, type: string) =>
  resources.filter((resource) => resource.type === `ibm:index/${type}`);
const named = (recorded: Recorded, type: string, name: string) =>
  ofType(recorded, type).find((resource) => resource.name === `platform-${name}`)?.inputs;

test("a worker is an instance and a node", async () => {
  const [two, three] = [names(await platform(2)), names(await platform(3))];
  expect(three.filter((name) => !two.includes(name)).sort()).toEqual([
    "ibm:index/isInstance:IsInstance platform-worker-3",
    "kpaas:index:Node platform-worker-3-node",
  ]);
});

test("only the gateway and the bastion have floating addresses", async () => {
  const addresses = ofType(await platform(1), "isFloatingIp:IsFloatingIp").map(({ name }) => name);
  expect(addresses.sort()).toEqual(["platform-bastion-address", "platform-haproxy-1-address"]);
});

test("each zone has its range, its public gateway and three subnets that go out by it", async () => {
  const recorded = await platform(1);
  const ranges = ofType(recorded, "isVpcAddressPrefix:IsVpcAddressPrefix").map(({ inputs }) => [
    inputs.zone,
    inputs.cidr,
  ]);
  expect(ranges).toEqual([
    ["jp-osa-1", "10.180.0.0/24"],
    ["jp-osa-2", "10.180.1.0/24"],
    ["jp-osa-3", "10.180.2.0/24"],
  ]);
  const subnets = ofType(recorded, "isSubnet:IsSubnet").map(({ inputs }) => [
    inputs.zone,
    inputs.ipv4CidrBlock,
    inputs.publicGateway,
  ]);
  expect(subnets).toHaveLength(9);
  expect(subnets.slice(3, 6)).toEqual([
    ["jp-osa-2", "10.180.1.0/26", "platform-network-gateway-2-id"],
    ["jp-osa-2", "10.180.1.64/26", "platform-network-gateway-2-id"],
    ["jp-osa-2", "10.180.1.128/25", "platform-network-gateway-2-id"],
  ]);
});

test("masters have fixed addresses on hosts of their own, workers what their subnet gives", async () => {
  const recorded = await platform(1);
  expect(named(recorded, "isInstance:IsInstance", "master-2")).toMatchObject({
    zone: "jp-osa-2",
    placementGroup: "master-placement-group-id",
    primaryNetworkInterface: { primaryIp: { address: "10.180.1.72" } },
  });
  expect(named(recorded, "isInstance:IsInstance", "worker-1")?.primaryNetworkInterface.primaryIp).toBeUndefined();
});

test("no machine has the metadata service, and every disk is encrypted by the key that is named", async () => {
  const recorded = await platform(1);
  for (const { inputs } of ofType(recorded, "isInstance:IsInstance"))
    expect(inputs).toMatchObject({ metadataService: { enabled: false }, bootVolume: { encryption: key } });
  for (const { inputs } of ofType(recorded, "isVolume:IsVolume")) expect(inputs.encryptionKey).toBe(key);
});

test("a disk with data is attached without being deleted with its instance", async () => {
  expect(
    named(await platform(1), "isInstanceVolumeAttachment:IsInstanceVolumeAttachment", "database-data"),
  ).toMatchObject({
    instance: "platform-database-id",
    volume: "platform-database-data-id",
    deleteVolumeOnAttachmentDelete: false,
    deleteVolumeOnInstanceDelete: false,
  });
});

test("the API server lets in operators, and machines by their groups", async () => {
  const rules = ofType(await platform(1), "isSecurityGroupRule:IsSecurityGroupRule").map(({ inputs }) => inputs);
  expect(rules).toContainEqual(
    expect.objectContaining({ direction: "inbound", protocol: "tcp", portMin: 6443, remote: "203.0.113.0/24" }),
  );
  expect(rules).toContainEqual(
    expect.objectContaining({ direction: "inbound", protocol: "tcp", remote: "platform-firewall-worker-id" }),
  );
});

test("every machine is made from pinned images and user-data, a pool's from one image", async () => {
  const recorded = await platform(1);
  expect(pins(recorded)).toEqual(wantedPins(recorded, "ibm:index/isInstance:IsInstance", ["image", "user-data"]));
});

test("names are what IBM takes and each its own, and tags name the environment", async () => {
  const environment = "an-environment-with-a-long-name";
  const made = (await platform(12, environment)).resources.filter(({ type }) => type.startsWith("ibm:"));
  const given = made.flatMap(({ type, inputs }) => (inputs.name ? [`${type} ${inputs.name}`] : []));
  expect(new Set(given).size).toBe(given.length);
  for (const name of given) expect(name).toMatch(/ [a-z][a-z0-9-]{0,61}[a-z0-9]$/);
  for (const { inputs } of made) if (inputs.tags) expect(inputs.tags[0]).toBe(`kpaas-environment:${environment}`);
  const workers = made.filter(({ type, name }) => type.endsWith(":IsInstance") && name.includes("-worker-"));
  expect(workers).toHaveLength(12);
  for (const { inputs } of workers) expect(inputs.tags).toContain("kpaas-role:worker");
});

test("user-data is within the 64 KB that IBM takes, with many workers", async () => {
  const instances = ofType(await platform(60), "isInstance:IsInstance");
  const largest = Math.max(...instances.map(({ inputs }) => Buffer.byteLength(inputs.userData)));
  expect(largest).toBeLessThan(64 * 1024);
});
