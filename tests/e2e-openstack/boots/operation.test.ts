import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../lib/eventually.ts";
import { exampleSettings } from "../../harness/environments/shipped-examples.ts";
import type { TestPlatform } from "../../harness/platform/test-platform.ts";
import type { Devcloud } from "../devcloud.ts";
import { bootedContainers, bootingPlatform, crash } from "./platform.ts";
import { operators, registry } from "./settings.ts";

const name = "e2e-boots-op";

/** The operation example as it is shipped, but for what is this cloud's own, with as many workers as this machine carries. */
const settings = (workers: number) => {
  const { infrastructure, containerPlatform, network, ...others } = exampleSettings("openstack-operation");
  const { cloud: _, ...cloud } = infrastructure;
  return {
    ...others,
    network: { ...network, adminCidrs: operators },
    infrastructure: cloud,
    containerPlatform: { ...containerPlatform, registry, workerPools: [{ name: "worker", count: workers }] },
  };
};

let cloud: Devcloud;
let platform: TestPlatform;

beforeAll(async () => {
  ({ cloud, platform } = await bootingPlatform(name));
  // By its name only: this cloud has no keys to encrypt with.
  const type = { name: exampleSettings("openstack-operation").infrastructure.diskType };
  if (!(await cloud.list("volume", "/types")).some(({ name: known }) => known === type.name))
    await cloud.admin.request("volume", "/types", { method: "POST", body: { volume_type: type } });
  platform.configure(settings(2));
  const { seconds } = await platform.kpaasOk("up", [], { timeoutSeconds: 1700 });
  console.log(`up: ${seconds.toFixed(0)} s`);
});

afterAll(async () => {
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

const server = async (machine: string) =>
  (await cloud.all("server")).find(({ name: hostname }) => hostname === `${name}-${machine}`)?.id ?? "";

async function restarted(machine: string): Promise<void> {
  const path = `/servers/${await server(machine)}/action`;
  await cloud.request("compute", path, { method: "POST", body: { reboot: { type: "HARD" } } });
}

const verified = () => platform.kpaasOk("verify");

test("verify passes", async () => {
  console.log((await verified()).stdout);
});

test("the gateway's address goes to the other HAProxy when the one that has it dies", async () => {
  const holds = async (machine: string) =>
    (await platform.machine(machine, "ip -4 address")).stdout.includes(" 10.180.0.8/32 ");
  const [holder, other] = (await holds("haproxy-1")) ? ["haproxy-1", "haproxy-2"] : ["haproxy-2", "haproxy-1"];
  await crash(await server(holder));
  const began = performance.now();
  await eventually(60, () => platform.kubectlOk(["get", "nodes"]));
  console.log(`the API answered ${((performance.now() - began) / 1000).toFixed(1)} s after ${holder} died`);
  expect(await holds(other)).toBe(true);
  await restarted(holder);
  await eventually(180, verified);
});

test("a dead master costs nobody the API server, and comes back with its member of etcd", async () => {
  await crash(await server("master-1"));
  await eventually(60, () => platform.kubectlOk(["create", "namespace", "made-meanwhile"]));
  await restarted("master-1");
  await eventually(300, verified);
});

test("a worker more joins", async () => {
  platform.configure(settings(3));
  await platform.kpaasOk("up");
  expect((await platform.kubectlOk(["get", "nodes", "-o", "name"])).trim().split("\n")).toHaveLength(6);
});

test("destroy leaves no server, no machine and no volume", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
  expect(await bootedContainers()).toEqual([]);
});
