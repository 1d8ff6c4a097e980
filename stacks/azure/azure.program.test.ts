import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { names, ofType, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

function platform(workers: number, zones = 1): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "azure" },
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
const machines = (recorded: Recorded) => ofType(recorded, "azure-native:compute:VirtualMachine");

const small = await platform(1);
const zoned = await platform(1, 3);

test("a worker is a virtual machine and a node", async () => {
  const [one, two] = [names(small), names(await platform(2))];
  expect(two.filter((name) => !one.includes(name)).sort()).toEqual([
    "azure-native:compute:VirtualMachine platform-worker-2",
    "kpaas:index:Node platform-worker-2-node",
  ]);
});

test("only the gateway and the bastion have public addresses, besides what goes out", () => {
  const addresses = namesOf(small, "azure-native:network:PublicIPAddress");
  expect(addresses.sort()).toEqual([
    "platform-bastion-address",
    "platform-haproxy-1-address",
    "platform-network-nat-1-address",
  ]);
});

test("each machine but a worker has its planned address", () => {
  const interfaces = ofType(small, "azure-native:network:NetworkInterface");
  const addresses = interfaces.map(({ name, inputs }) => [name, inputs.ipConfigurations[0].privateIPAddress]);
  expect(Object.fromEntries(addresses)).toMatchObject({
    "platform-haproxy-1-nic": "10.180.0.8",
    "platform-master-1-nic": "10.180.1.8",
    "platform-storage-nic": "10.180.1.24",
  });
  expect(new Set(addresses.map(([, address]) => address)).size).toBe(8);
});

test("masters are in zones of their own, and where they are not, on hosts of their own", () => {
  const masters = machines(zoned).filter(({ name }) => name.includes("master"));
  expect(masters.map(({ inputs }) => inputs.zones)).toEqual([["1"], ["2"], ["3"]]);
  const set = { id: "master-scale-set-id" };
  expect(masters.map(({ inputs }) => inputs.virtualMachineScaleSet)).toEqual([set, set, set]);
});

test("each zone goes out by itself", () => {
  const [network] = ofType(zoned, "azure-native:network:VirtualNetwork");
  const ways = network?.inputs.subnets.map((subnet: { name: string; natGateway?: { id: string } }) => [
    subnet.name,
    subnet.natGateway?.id,
  ]);
  expect(Object.fromEntries(ways)).toMatchObject({
    "front-1": undefined,
    "platform-2": "platform-network-nat-2-id",
    "workers-3": "platform-network-nat-3-id",
  });
  expect(ways).toHaveLength(9);
});

test("a group ends with a rule that keeps out the rest of the virtual network", () => {
  const groups = ofType(small, "azure-native:network:NetworkSecurityGroup");
  expect(groups).toHaveLength(7);
  for (const { inputs } of groups) {
    const rules: { access: string; priority: number; sourceAddressPrefix?: string }[] = inputs.securityRules;
    expect(rules.at(-1)).toMatchObject({ access: "Deny", sourceAddressPrefix: "VirtualNetwork", protocol: "*" });
    expect(rules.slice(0, -1).every(({ access, priority }) => access === "Allow" && priority < 4096)).toBe(true);
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
  }
});

test("every machine is made from pinned images and user-data, a pool's from one image", () => {
  expect(pins(small)).toEqual(wantedPins(small, "azure-native:compute:VirtualMachine", ["image", "user-data"]));
});

test("disks with data outlive their machines, boot disks do not", () => {
  for (const { inputs } of machines(small)) {
    expect(inputs.storageProfile.osDisk.deleteOption).toBe("Delete");
    for (const disk of inputs.storageProfile.dataDisks ?? []) expect(disk.deleteOption).toBe("Detach");
  }
});

test("user-data is given as custom data, which the metadata service does not tell, to machines without an identity", () => {
  for (const { inputs } of machines(small)) {
    expect(inputs.osProfile.customData).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(inputs).not.toHaveProperty("userData");
    expect(inputs).not.toHaveProperty("identity");
  }
});

test("user-data is within the 65,535 characters that Azure takes", () => {
  const sizes = machines(small).map(({ inputs }) => inputs.osProfile.customData.length);
  expect(Math.max(...sizes)).toBeLessThan(65_535);
});
