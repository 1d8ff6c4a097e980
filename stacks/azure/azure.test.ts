import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { type Recorded, record } from "../../components/testing.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { createInfrastructure } from "./index.ts";

function platform(workers: number): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "azure" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count: workers }] },
  });
  return record(
    () => new ContainerPlatform("platform", { environment, infrastructure: createInfrastructure(environment, {}) }),
  );
}

const names = ({ resources }: Recorded) => resources.map(({ type, name }) => `${type} ${name}`);
const ofType = ({ resources }: Recorded, type: string) => resources.filter((resource) => resource.type === type);
const namesOf = (recorded: Recorded, type: string) => ofType(recorded, type).map(({ name }) => name);
const machines = (recorded: Recorded) => ofType(recorded, "azure-native:compute:VirtualMachine");

test("a worker is a virtual machine and a node", async () => {
  const [two, three] = [names(await platform(2)), names(await platform(3))];
  expect(three.filter((name) => !two.includes(name)).sort()).toEqual([
    "azure-native:compute:VirtualMachine platform-worker-3",
    "kpaas:index:Node platform-worker-3-node",
  ]);
});

test("only the gateway and the bastion have public addresses, besides what goes out", async () => {
  const addresses = namesOf(await platform(1), "azure-native:network:PublicIPAddress");
  expect(addresses.sort()).toEqual([
    "platform-bastion-address",
    "platform-haproxy-1-address",
    "platform-network-nat-1-address",
  ]);
});

test("each machine but a worker has its planned address", async () => {
  const interfaces = ofType(await platform(1), "azure-native:network:NetworkInterface");
  const addresses = interfaces.map(({ name, inputs }) => [name, inputs.ipConfigurations[0].privateIPAddress]);
  expect(Object.fromEntries(addresses)).toMatchObject({
    "platform-haproxy-1-nic": "10.180.0.8",
    "platform-master-1-nic": expect.stringMatching(/^10\.180\.0\./),
    "platform-storage-nic": expect.stringMatching(/^10\.180\.0\./),
  });
  expect(new Set(addresses.map(([, address]) => address)).size).toBe(8);
});

test("a group ends with a rule that keeps out the rest of the virtual network", async () => {
  const groups = ofType(await platform(1), "azure-native:network:NetworkSecurityGroup");
  expect(groups).toHaveLength(7);
  for (const { inputs } of groups) {
    const rules: { access: string; priority: number; sourceAddressPrefix?: string }[] = inputs.securityRules;
    expect(rules.at(-1)).toMatchObject({ access: "Deny", sourceAddressPrefix: "VirtualNetwork", protocol: "*" });
    expect(rules.slice(0, -1).every(({ access, priority }) => access === "Allow" && priority < 4096)).toBe(true);
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
  }
});

test("machines that keep state take pinned images, others the present one", async () => {
  const pinned = namesOf(await platform(1), "kpaas:index:Pinned").filter((name) => name.endsWith("-image"));
  const stateful = ["database", "master-1", "master-2", "master-3", "registry", "storage"];
  expect(pinned.sort()).toEqual(stateful.map((name) => `platform-${name}-image`));
});

test("disks with data outlive their machines, boot disks do not", async () => {
  for (const { inputs } of machines(await platform(1))) {
    expect(inputs.storageProfile.osDisk.deleteOption).toBe("Delete");
    for (const disk of inputs.storageProfile.dataDisks ?? []) expect(disk.deleteOption).toBe("Detach");
  }
});

test("user-data is given as custom data, which the metadata service does not tell, to machines without an identity", async () => {
  for (const { inputs } of machines(await platform(1))) {
    expect(inputs.osProfile.customData).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(inputs).not.toHaveProperty("userData");
    expect(inputs).not.toHaveProperty("identity");
  }
});
