import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

function platform(workers: number, { name = "test" } = {}): Promise<Recorded> {
  const environment = parseEnvironment(name, {
    infrastructure: { kind: "naver", image: "123456" },
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

const ofType = ({ resources }: Recorded, type: string) =>
  resources.filter((resource) => resource.type === `ncloud:index/${type}`);
const named = (recorded: Recorded, type: string, name: string) =>
  ofType(recorded, type).find((resource) => resource.name === `platform-${name}`)?.inputs;

test("a worker is a server with its script, and a node", async () => {
  const [two, three] = [names(await platform(2)), names(await platform(3))];
  expect(three.filter((name) => !two.includes(name)).sort()).toEqual([
    "kpaas:index:Node platform-worker-3-node",
    "ncloud:index/initScript:InitScript platform-worker-3-init-script",
    "ncloud:index/server:Server platform-worker-3",
  ]);
});

test("only the gateway and the bastion have public addresses, in the zones' public subnets", async () => {
  const recorded = await platform(1);
  const addresses = ofType(recorded, "publicIp:PublicIp").map(({ name }) => name);
  expect(addresses.sort()).toEqual(["platform-bastion-address", "platform-haproxy-1-address"]);
  const subnets = ofType(recorded, "subnet:Subnet").map(({ inputs }) => [
    inputs.subnet,
    inputs.subnetType,
    inputs.usageType,
  ]);
  expect(subnets.slice(0, 3)).toEqual([
    ["10.180.0.0/26", "PUBLIC", "GEN"],
    ["10.180.0.128/25", "PRIVATE", "GEN"],
    ["10.180.1.0/24", "PRIVATE", "GEN"],
  ]);
  expect(subnets.filter(([, , usage]) => usage === "NATGW")).toEqual([
    ["10.180.0.64/26", "PUBLIC", "NATGW"],
    ["10.180.2.64/26", "PUBLIC", "NATGW"],
  ]);
});

test("machines with fixed addresses have an interface in their role's group; workers are in the VPC's default group", async () => {
  const recorded = await platform(1);
  expect(named(recorded, "networkInterface:NetworkInterface", "master-1-interface")).toMatchObject({
    privateIp: "10.180.0.136",
    accessControlGroups: ["platform-firewall-master-id"],
  });
  expect(named(recorded, "server:Server", "worker-1")?.networkInterfaces).toBeUndefined();
  const groups = ofType(recorded, "accessControlGroup:AccessControlGroup").map(({ name }) => name);
  expect(groups).not.toContain("platform-firewall-worker");
});

test("the API server lets in operators and machines by one resource of rules", async () => {
  const rules = named(await platform(1), "accessControlGroupRule:AccessControlGroupRule", "firewall-haproxy-rules");
  expect(rules?.inbounds).toContainEqual(
    expect.objectContaining({ protocol: "TCP", portRange: "6443", ipBlock: "203.0.113.0/24" }),
  );
});

test("a server's script hands its user-data and the platform's key to cloud-init", async () => {
  const content = named(await platform(1), "initScript:InitScript", "worker-1-init-script")?.content;
  expect(content).toMatch(/^#!\/bin\/bash\n[\x20-\x7e\n]*$/);
  const [, data = ""] = /base64 -d <<'END'.*\n(.*)\nEND/.exec(content) ?? [];
  expect(gunzipSync(Buffer.from(data, "base64")).toString()).toMatch(/^#cloud-config\n.*test-worker-1/s);
  expect(content).toContain('"local-hostname":"test-worker-1","public-keys":[');
});

test("every machine is made from pinned images and user-data, a pool's from one image", async () => {
  const recorded = await platform(1);
  expect(pins(recorded)).toEqual(
    wantedPins(recorded, "ncloud:index/server:Server", ["image", "init-script", "user-data"]),
  );
});

test("a disk with data belongs to the server that it is made for, in its zone", async () => {
  expect(named(await platform(1), "blockStorage:BlockStorage", "database-data")).toMatchObject({
    serverInstanceNo: "platform-database-id",
    hypervisorType: "KVM",
    zone: "KR-1",
  });
});

test("names are 3 to 30 characters and each its own, however long the environment's", async () => {
  const recorded = await platform(12, { name: "an-environment-with-a-long-name" });
  const given = recorded.resources
    .filter(({ type }) => type.startsWith("ncloud:"))
    .flatMap(({ type, inputs }) =>
      (inputs.name ?? inputs.keyName) ? [`${type} ${inputs.name ?? inputs.keyName}`] : [],
    );
  expect(new Set(given).size).toBe(given.length);
  for (const name of given) expect(name).toMatch(/ [a-z][a-z0-9-]{1,28}[a-z0-9]$/);
});
