import { delimiter } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../harness/simulated-machines/start.ts";
import { type Devcloud, devcloud } from "./devcloud.ts";
import type { Item, Service } from "./openstack-api.ts";
import { openstackPlugin } from "./plugin.ts";

const networkOf = (cidr: string) => ({ cidr, adminCidrs: ["198.51.100.0/24"] });

/** The variants' switches with this cloud's names. */
const settings = {
  "e2e-nhn": {
    infrastructure: {
      kind: "nhn",
      region: "RegionOne",
      network: "vpc-e2e-nhn",
      externalNetwork: "public",
      image: "ubuntu-24.04",
      diskType: "__DEFAULT__",
      availabilityZones: ["zone-2"],
      machineTypes: [
        { name: "u2.c2m4", vcpus: 2, memoryGiB: 4 },
        { name: "m1.xlarge", vcpus: 8, memoryGiB: 16 },
      ],
    },
    network: networkOf("10.192.0.0/24"),
  },
  "e2e-kt": {
    infrastructure: {
      kind: "kt",
      network: "vpc-e2e-kt",
      externalNetwork: "public",
      image: "ubuntu-24.04",
      availabilityZones: ["zone-2"],
      machineTypes: [{ name: "m1.xlarge", vcpus: 8, memoryGiB: 16 }],
    },
    network: networkOf("10.192.1.0/24"),
  },
};
type Name = keyof typeof settings;
const names = Object.keys(settings) as Name[];

let cloud: Devcloud;
let machines: SimulatedMachines;
let platforms: TestPlatform[] = [];
/** Steps that undo, in reverse, what an operator of these clouds makes in their consoles. */
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [cloud, machines] = await Promise.all([devcloud("e2e-variants"), startSimulatedMachines()]);
  const PATH = `${await openstackPlugin(console.log)}${delimiter}${process.env.PATH}`;
  await make(cloud.admin, "compute", "/flavors", { flavor: { name: "u2.c2m4", vcpus: 2, ram: 4096, disk: 20 } });
  for (const name of names) await makeVpc(name);
  platforms = names.map((name) => {
    const platform = new TestPlatform(name, { ...cloud.environment, ...machines.environment, PATH });
    platform.configure(settings[name]);
    return platform;
  });
  await Promise.all(platforms.map((platform) => platform.kpaasOk("up")));
});

afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform.kpaas("destroy", ["--yes"])));
  for (const platform of platforms) platform.removeFolder();
  for (const remove of undo.splice(0).reverse()) await remove();
  machines?.stop();
});

async function make(api: Pick<Devcloud, "request">, service: Service, path: string, body: object): Promise<Item> {
  const made = Object.values((await api.request(service, path, { method: "POST", body })) as object)[0] as Item;
  undo.push(() => api.request(service, `${path}/${made.id}`, { method: "DELETE" }));
  return made;
}

async function makeVpc(environment: Name): Promise<void> {
  const name = `vpc-${environment}`;
  const [external] = (await cloud.admin.request("network", "/v2.0/networks?name=public").then(listed)) as [Item];
  const network = await make(cloud, "network", "/v2.0/networks", { network: { name } });
  const { cidr } = settings[environment].network;
  const subnet = await make(cloud, "network", "/v2.0/subnets", {
    subnet: { name, network_id: network.id, cidr, ip_version: 4 },
  });
  const external_gateway_info = { network_id: external.id };
  const router = await make(cloud, "network", "/v2.0/routers", { router: { name, external_gateway_info } });
  const join = (verb: "add" | "remove") =>
    cloud.request("network", `/v2.0/routers/${router.id}/${verb}_router_interface`, {
      method: "PUT",
      body: { subnet_id: subnet.id },
    });
  await join("add");
  undo.push(() => join("remove"));
}

const listed = (answer: unknown) => Object.values(answer as object)[0] as Item[];

async function serversOf(name: Name): Promise<Map<string, Item>> {
  const all = await cloud.admin.list("compute", "/servers/detail");
  const planned = planMachines(parseEnvironment(name, settings[name]));
  const found = planned.map((plan) => [plan.name, all.find((server) => server.name === plan.hostname)] as const);
  return new Map(found.filter((pair): pair is [string, Item] => pair[1] !== undefined));
}

const bootVolumes = (server: Item | undefined) => server?.["os-extended-volumes:volumes_attached"];

test("NHN: machines are in the zone and on the VPC that are named, with one interface each", async () => {
  const servers = [...(await serversOf("e2e-nhn")).values()];
  expect(servers).toHaveLength(planMachines(parseEnvironment("e2e-nhn", settings["e2e-nhn"])).length);
  for (const server of servers) {
    expect(server).toMatchObject({ status: "ACTIVE", "OS-EXT-AZ:availability_zone": "zone-2" });
    expect(Object.keys(server.addresses as object), server.name).toEqual(["vpc-e2e-nhn"]);
  }
  const { network } = await cloud.inventory();
  expect(network.map(({ name }) => name).sort()).toEqual(["vpc-e2e-kt", "vpc-e2e-nhn"]);
});

test("NHN: u2 machines boot from their host's disk, others from a volume", async () => {
  const servers = await serversOf("e2e-nhn");
  const [bastion, worker] = [servers.get("bastion"), servers.get("worker-1")];
  expect(bastion?.flavor).toMatchObject({ original_name: "u2.c2m4" });
  expect(bastion?.image).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(bootVolumes(bastion)).toEqual([]);
  expect(worker?.flavor).toMatchObject({ original_name: "m1.xlarge" });
  expect(bootVolumes(worker)).toHaveLength(1);
});

test("KT: a public address is on no port of its own and forwards just the ports that operators need", async () => {
  const forwarded: Record<string, unknown[]> = {};
  for (const { id, description } of (await cloud.inventory()).floatingIp) {
    if (!String(description).startsWith("kpaas-e2e-kt")) continue;
    const found = listed(await cloud.request("network", `/v2.0/floatingips/${id}/port_forwardings`));
    forwarded[String(description)] = found
      .map((each) => [each.external_port, each.internal_port, each.internal_ip_address])
      .sort();
  }
  expect(forwarded).toEqual({
    "kpaas-e2e-kt platform-bastion": [[22, 22, "10.192.1.16"]],
    "kpaas-e2e-kt platform-haproxy-address": [
      [3306, 3306, "10.192.1.8"],
      [5000, 5000, "10.192.1.8"],
      [6443, 6443, "10.192.1.8"],
    ],
  });
});

test("KT: machines get what was rendered together with what keeps passwords from expiring", async () => {
  for (const [name, server] of await serversOf("e2e-kt")) {
    const stored = Buffer.from(String(server["OS-EXT-SRV-ATTR:user_data"]), "base64").toString();
    expect(stored, name).toMatch(/^#cloud-config-archive\n/);
    expect(parse(stored), name).toMatchObject([
      { type: "text/cloud-config", content: expect.stringContaining(`hostname: ${server.name}`) },
      { type: "text/x-shellscript", content: expect.stringContaining("chage") },
    ]);
    expect(server["OS-EXT-AZ:availability_zone"], name).toBe("zone-2");
  }
});

test("no drift: a second preview changes nothing", async () => {
  for (const platform of platforms) expect(await platform.changes("preview")).toEqual([]);
});

test("destroy leaves what was there before, and nothing else", async () => {
  await Promise.all(platforms.map((platform) => platform.kpaasOk("destroy", ["--yes"])));
  const { network, subnet, router, port, ...rest } = await cloud.inventory();
  expect(Object.values(rest).flat()).toEqual([]);
  for (const kind of [network, subnet, router])
    expect(kind.map(({ name }) => name).sort()).toEqual(["vpc-e2e-kt", "vpc-e2e-nhn"]);
  expect(port.map(({ device_owner }) => device_owner)).toEqual(Array(port.length).fill("network:router_interface"));
});
