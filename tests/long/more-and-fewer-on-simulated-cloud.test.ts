import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const settings = (masters: number, haproxies: number) => ({
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { masters: { count: masters }, haproxy: { count: haproxies } },
});

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform("more-and-fewer", { name: "openstack" });
  ({ cloud, platform } = simulated);
  platform.configure(settings(3, 1));
  await platform.kpaasOk("up");
});

afterAll(() => simulated?.stop());

const namesOf = (type: string, part: string) =>
  cloud
    .list()
    .filter((object) => object.type.endsWith(type) && object.name.includes(part))
    .map(({ name }) => name.replace("platform-", ""))
    .sort();
const masters = (count: number, end = "") => Array.from({ length: count }, (_, index) => `master-${index + 1}${end}`);
const publicAddress = () =>
  cloud.list().find(({ type, name }) => type.endsWith("FloatingIp") && name.includes("haproxy"))?.outputs.address;

test("a partner of HAProxy and two masters come, and the address to the outside stays", async () => {
  const address = publicAddress();
  platform.configure(settings(5, 2));
  await platform.kpaasOk("up");
  expect(namesOf("compute/instance:Instance", "-haproxy-")).toEqual(["haproxy-1", "haproxy-2"]);
  expect(namesOf("blockstorage/volume:Volume", "-master-")).toEqual(masters(5, "-data"));
  expect(publicAddress()).toBe(address);
});

test("they go again, the masters' disks with them, and the address to the outside stays", async () => {
  const address = publicAddress();
  platform.configure(settings(3, 1));
  await platform.kpaasOk("up");
  expect(namesOf("compute/instance:Instance", "-haproxy-")).toEqual(["haproxy-1"]);
  expect(namesOf("compute/instance:Instance", "-master-")).toEqual(masters(3));
  expect(namesOf("blockstorage/volume:Volume", "-master-")).toEqual(masters(3, "-data"));
  expect(namesOf("networking/port:Port", "-haproxy-")).toEqual(["haproxy-address-port"]);
  expect(publicAddress()).toBe(address);
  expect(await platform.changes("preview")).toEqual([]);
});
