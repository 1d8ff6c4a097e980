import { afterAll, beforeAll, expect, test } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { gatewayPorts } from "../../config/ports.ts";
import { openExisting } from "../../operations/engine/workspace.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { Devcloud, Kind } from "./devcloud.ts";
import { type OpenstackPlatform, openstackPlatform } from "./openstack-platform.ts";

const name = "e2e-balanced";
const settings = {
  infrastructure: { kind: "openstack" },
  network: { cidr: "10.193.0.0/24", adminCidrs: ["198.51.100.0/24", "192.0.2.7/32"] },
  containerPlatform: { gateway: "load-balancer" },
};
const machinesOf = (role: string) =>
  planMachines(parseEnvironment(name, settings)).filter((machine) => machine.role === role);
const ports = Object.values(gatewayPorts).sort();

let cloud: Devcloud;
let platform: TestPlatform;
let stop: OpenstackPlatform["stop"];

beforeAll(async () => {
  ({ cloud, platform, stop } = await openstackPlatform(name));
  platform.configure(settings);
});

afterAll(() => stop?.());

test("up killed as Octavia makes one thing after another has made each once, in the end", async () => {
  const moments: [Kind, number][] = [
    ["loadBalancer", 1],
    ["pool", 2],
  ];
  for (const [kind, count] of moments) {
    const killWhen = cloud.untilMade(kind, count);
    const killed = await platform.kpaas("up", [], { killWhen });
    expect(killed.code, `killed when there was ${count} ${kind}\n${killed.stderr}`).toBeNull();
  }
  await platform.kpaasOk("up");
  const { loadBalancer, listener, pool, healthMonitor } = await cloud.inventory();
  expect([loadBalancer, listener, pool, healthMonitor].map((made) => made.length)).toEqual([1, 3, 3, 3]);
  const known = await platform.idsInState();
  const made = [...loadBalancer, ...listener, ...pool, ...healthMonitor];
  expect(made.filter(({ id }) => !known.has(id))).toEqual([]);
});

test("Octavia's load balancer has the gateway's address and a floating one, and no HAProxy machine is there", async () => {
  const { loadBalancer, floatingIp, server } = await cloud.inventory();
  expect(loadBalancer).toMatchObject([{ vip_address: "10.193.0.8", provisioning_status: "ACTIVE" }]);
  expect(floatingIp.map((each) => each.fixed_ip_address).sort()).toEqual(["10.193.0.16", "10.193.0.8"]);
  expect(server.map((each) => each.name).filter((each) => each.includes("haproxy"))).toEqual([]);
});

test("Octavia lets operators and the platform's machines in, at the gateway's three ports", async () => {
  const { listener } = await cloud.inventory();
  expect(listener.map(({ protocol_port }) => protocol_port).sort()).toEqual(ports);
  for (const { allowed_cidrs } of listener)
    expect((allowed_cidrs as string[]).sort()).toEqual(["10.193.0.0/24", "192.0.2.7/32", "198.51.100.0/24"]);
});

test("it watches, and passes connections on to, the machines that answer at each port", async () => {
  const { pool, healthMonitor } = await cloud.inventory();
  expect(healthMonitor.map(({ type }) => type)).toEqual(["TCP", "TCP", "TCP"]);
  const members = await Promise.all(pool.map(({ id }) => cloud.list("load-balancer", `/v2/lbaas/pools/${id}/members`)));
  const wanted = [
    ...machinesOf("master").map(({ hostname, privateIp }) => [hostname, privateIp, gatewayPorts.api]),
    ...machinesOf("registry").map(({ hostname, privateIp }) => [hostname, privateIp, gatewayPorts.registry]),
    ...machinesOf("database").map(({ hostname, privateIp }) => [hostname, privateIp, gatewayPorts.database]),
  ];
  const found = members.flat().map((member) => [member.name, member.address, member.protocol_port]);
  expect(found.sort()).toEqual(wanted.sort());
});

test("masters let the load balancer's subnet in at the API server's port, operators' ranges they do not", async () => {
  const { securityGroup, securityGroupRule } = await cloud.inventory();
  const group = securityGroup.find((each) => each.name === `kpaas-${name}-master`);
  const rules = securityGroupRule.filter(
    (rule) => rule.security_group_id === group?.id && rule.port_range_min === gatewayPorts.api,
  );
  expect(rules.flatMap((rule) => rule.remote_ip_prefix ?? [])).toEqual(["10.193.0.0/24"]);
});

test("operators are told the floating address, and no drift is found", async () => {
  const { floatingIp } = await cloud.inventory();
  const address = floatingIp.find((each) => each.fixed_ip_address === "10.193.0.8")?.floating_ip_address;
  process.env.KPAAS_STATE_DIR = platform.stateFolder;
  const outputs = await (await openExisting(name))?.outputs();
  expect(outputs?.endpoints?.value).toMatchObject({ api: `${address}:6443`, registry: `${address}:5000` });
  expect(await platform.changes("up")).toEqual([]);
});

test("destroy leaves nothing", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
});
