import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, ofType, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";
import { nameOf } from "./provider.ts";

function platform(workers: number, zones = 1): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "gcp" },
    network: { adminCidrs: ["203.0.113.0/24"], cidr: "10.180.0.0/22", zones },
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

const namesOf = (recorded: Recorded, type: string) => ofType(recorded, type).map(({ name }) => name);
const instances = (recorded: Recorded) => ofType(recorded, "gcp:compute/instance:Instance");

const small = await platform(1);
const zoned = await platform(1, 3);

test("a worker is an instance and a node", async () => {
  const [one, two] = [names(small), names(await platform(2))];
  expect(two.filter((name) => !one.includes(name)).sort()).toEqual([
    "gcp:compute/instance:Instance platform-worker-2",
    "kpaas:index:Node platform-worker-2-node",
  ]);
});

test("only the gateway and the bastion have public addresses", () => {
  const reached = instances(small).filter(({ inputs }) => inputs.networkInterfaces[0].accessConfigs);
  expect(reached.map(({ name }) => name).sort()).toEqual(["platform-bastion", "platform-haproxy-1"]);
  expect(namesOf(small, "gcp:compute/address:Address").sort()).toEqual([
    "platform-bastion-address",
    "platform-haproxy-1-address",
  ]);
});

test("each machine but a worker has its planned address", () => {
  const addresses = instances(small).map(({ name, inputs }) => [
    name.replace("platform-", ""),
    inputs.networkInterfaces[0].networkIp,
  ]);
  expect(Object.fromEntries(addresses)).toMatchObject({ "haproxy-1": "10.180.0.8", "worker-1": undefined });
  expect(new Set(addresses.flatMap(([, address]) => address ?? [])).size).toBe(8);
});

test("masters are in zones of their own, and where they are not, on hosts of their own", () => {
  const masters = instances(zoned).filter(({ name }) => name.includes("master"));
  expect(masters.map(({ inputs }) => inputs.zone)).toEqual(["a", "b", "c"].map((zone) => `asia-northeast3-${zone}`));
  const policy = "master-placement-policy-id";
  expect(masters.map(({ inputs }) => inputs.resourcePolicies)).toEqual([policy, policy, policy]);
});

test("disks with data outlive their instances, boot disks do not", () => {
  const disks = namesOf(small, "gcp:compute/disk:Disk").map((name) => `${name}-id`);
  const attached = instances(small).flatMap(({ inputs }) => inputs.attachedDisks ?? []);
  expect(attached.map(({ source }) => source).sort()).toEqual(disks.sort());
  expect(instances(small).every(({ inputs }) => inputs.bootDisk.autoDelete)).toBe(true);
});

test("a rule lets in the machines with a role's tag, or a range", () => {
  const rules = ofType(small, "gcp:compute/firewall:Firewall");
  const etcd = rules.filter(({ inputs }) => inputs.allows[0].ports?.includes("2379-2380"));
  expect(etcd.map(({ inputs }) => [inputs.targetTags, inputs.sourceTags])).toEqual([
    [["kpaas-test-master"], ["kpaas-test-master"]],
  ]);
  for (const { inputs } of rules) {
    expect(inputs.targetTags).toHaveLength(1);
    expect(Boolean(inputs.sourceTags) !== Boolean(inputs.sourceRanges)).toBe(true);
  }
});

test("every machine is made from pinned images and user-data, a pool's from one image", () => {
  expect(pins(small)).toEqual(wantedPins(small, "gcp:compute/instance:Instance", ["image", "user-data"]));
});

test("the metadata lets in nobody by keys of the whole project, and no machine acts for a service account", () => {
  for (const { inputs } of instances(small)) {
    expect(inputs.metadata).toMatchObject({
      "user-data": expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      "user-data-encoding": "base64",
      "block-project-ssh-keys": "true",
    });
    expect(inputs).not.toHaveProperty("serviceAccount");
  }
});

test("names are what Google takes, and differ though they are cut", () => {
  const long = (end: string) => nameOf("a-rather-long-environment", `haproxy-tcp-30000-from-203.0.113.128/25-${end}`);
  expect(nameOf("test", "icmp-from-10.180.0.0-24")).toBe("kpaas-test-icmp-from-10-180-0-0-24");
  expect(long("one")).not.toBe(long("two"));
  expect(long("one")).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
});
