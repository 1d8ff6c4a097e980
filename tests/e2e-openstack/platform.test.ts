import { afterAll, beforeAll, expect, test } from "vitest";
import { firewallRules } from "../../components/firewall.ts";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { roles } from "../../config/roles/index.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import { type Devcloud, zones } from "./devcloud.ts";
import { type OpenstackPlatform, openstackPlatform } from "./openstack-platform.ts";

const name = "e2e-os";

/**
 * The operation environment, whose five workers come in three steps, two of them disturbed. The cloud is real and has no data plane: what
 * asks a running machine is simulated.
 */
const settings = (workers: number) => ({
  infrastructure: { kind: "openstack", availabilityZones: zones },
  network: { cidr: "10.190.0.0/22", zones: zones.length, adminCidrs: ["198.51.100.0/24"] },
  containerPlatform: {
    masters: { count: 3 },
    workerPools: [{ name: "worker", count: workers }],
    haproxy: { count: 2 },
  },
});
const environmentOf = (workers: number) => parseEnvironment(name, settings(workers));

let cloud: Devcloud;
let platform: TestPlatform;
let stop: OpenstackPlatform["stop"];

beforeAll(async () => {
  ({ cloud, platform, stop } = await openstackPlatform(name));
  platform.configure(settings(2));
  const { seconds } = await platform.kpaasOk("up");
  console.log(`up of ${planMachines(environmentOf(2)).length} machines: ${seconds.toFixed(0)} s`);
});

afterAll(() => stop?.());

interface StateResource {
  type: string;
  id: string;
  inputs: Record<string, unknown>;
}

const servers = async () =>
  (await platform.stateResources<StateResource>())
    .filter(({ type }) => type === "openstack:compute/instance:Instance")
    .map(({ id }) => id);
const idsOf = (items: { id: string }[]) => items.map(({ id }) => id).sort();

test("an up killed as a server is made leaves nothing that the next one does not know of", async () => {
  platform.configure(settings(4));
  const before = (await cloud.all("server")).length;
  // Nova has it at once; the engine hears of it only when it runs.
  const killed = await platform.kpaas("up", [], {
    killWhen: cloud.untilMade("server", before + 1),
  });
  expect(killed.code).toBeNull();
  const { stderr } = await platform.kpaasOk("up");
  expect(stderr).toMatch(/taken over from it: [12] that the cloud had made/);
  const found = idsOf(await cloud.all("server"));
  expect(found).toHaveLength(planMachines(environmentOf(4)).length);
  expect(found).toEqual((await servers()).sort());
});

test("an exhausted quota is told as the cloud says it, and up goes on once there is room", async () => {
  await cloud.allowServers((await cloud.all("server")).length);
  platform.configure(settings(5));
  try {
    const refused = await platform.kpaas("up");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Quota exceeded for instances");
    expect(refused.stderr).toContain(`./kpaas up ${name}`);
  } finally {
    await cloud.allowServers(1000);
  }
  await platform.kpaasOk("up");
  expect(idsOf(await cloud.all("server"))).toEqual((await servers()).sort());
});

test("every planned machine is a server with its size's flavour, in its place", async () => {
  const found = (await cloud.admin.list("compute", "/servers/detail")).map((server) => ({
    name: server.name,
    status: server.status,
    flavor: (server.flavor as { original_name: string }).original_name,
  }));
  const flavors: Record<string, string> = { 1: "m1.small", 2: "m1.medium", 4: "m1.xlarge" };
  expect(found.sort((a, b) => a.name.localeCompare(b.name))).toEqual(
    planMachines(environmentOf(5))
      .map(({ hostname, size }) => ({ name: hostname, status: "ACTIVE", flavor: flavors[size.vcpus] }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
  const ports = await cloud.list("network", "/v2.0/ports");
  for (const { hostname, privateIp } of planMachines(environmentOf(5)).filter(({ role }) => role !== "worker")) {
    const port = ports.find((each) => each.name === hostname);
    expect(port?.fixed_ips).toMatchObject([{ ip_address: privateIp }]);
  }
});

test("masters run in zones of their own", async () => {
  const found = await cloud.admin.list("compute", "/servers/detail");
  const masters = found.filter((server) => server.name.includes("-master-"));
  expect(masters.map((server) => server["OS-EXT-AZ:availability_zone"]).sort()).toEqual([...zones]);
});

test("Nova gives each machine the user-data that was rendered", async () => {
  const rendered = new Map(
    (await platform.stateResources<StateResource>())
      .filter(({ type }) => type === "openstack:compute/instance:Instance")
      .map(({ id, inputs }) => [id, plaintext(inputs.userData)]),
  );
  const found = await cloud.admin.list("compute", "/servers/detail");
  expect(found.map(({ id }) => id).sort()).toEqual([...rendered.keys()].sort());
  for (const server of found) {
    const stored = Buffer.from(String(server["OS-EXT-SRV-ATTR:user_data"]), "base64").toString();
    expect(stored).toMatch(/^#cloud-config\n/);
    expect(stored, server.name).toBe(rendered.get(server.id));
  }
});

/** Gives the text of a secret in an exported state. */
function plaintext(value: unknown): unknown {
  const secret = value as { plaintext?: string };
  return secret.plaintext === undefined ? value : JSON.parse(secret.plaintext);
}

test("Neutron's security groups are the port table", async () => {
  const { securityGroup, securityGroupRule } = await cloud.inventory();
  const roleOf = new Map(securityGroup.map((group) => [group.id, group.name.replace(`kpaas-${name}-`, "")]));
  const inWords = (protocol: unknown, from: unknown, to: unknown, source: unknown) =>
    `${protocol} ${from ?? "-"}-${to ?? "-"} from ${source}`;
  const present = roles.filter((role) => planMachines(environmentOf(5)).some((machine) => machine.role === role));
  expect([...roleOf.values()].sort()).toEqual([...present].sort());
  for (const role of present) {
    const found = securityGroupRule
      .filter((rule) => rule.direction === "ingress" && roleOf.get(String(rule.security_group_id)) === role)
      .map((rule) =>
        inWords(
          rule.protocol === "112" ? "vrrp" : rule.protocol,
          rule.port_range_min,
          rule.port_range_max,
          rule.remote_ip_prefix ?? roleOf.get(String(rule.remote_group_id)),
        ),
      );
    const wanted = firewallRules(environmentOf(5), role).map(({ protocol, fromPort, toPort, source }) =>
      inWords(protocol, fromPort, toPort, "cidr" in source ? source.cidr : source.role),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(found.sort(), role).toEqual(wanted.sort());
  }
});

test("only the gateway's shared address and the bastion are reached from outside", async () => {
  const { floatingIp } = await cloud.inventory();
  expect(floatingIp.map((each) => each.fixed_ip_address).sort()).toEqual(["10.190.0.16", "10.190.0.8"]);
  const pair = (await cloud.list("network", "/v2.0/ports")).filter((port) => port.name.includes("-haproxy-"));
  expect(pair.map((port) => port.allowed_address_pairs)).toMatchObject([
    [{ ip_address: "10.190.0.8" }],
    [{ ip_address: "10.190.0.8" }],
  ]);
});

test("no drift, and up again changes nothing", async () => {
  expect(await platform.changes("preview")).toEqual([]);
  expect(await platform.changes("up")).toEqual([]);
});

test("45 workers more are 45 machines and 45 nodes, and nothing else", async () => {
  platform.configure(settings(50));
  const books = ["kpaas:index:WorkerPool", "kpaas:index:PlatformRecord"];
  const changes = (await platform.changes("up")).filter(({ type }) => !books.includes(type));
  const created = changes.filter(({ op }) => op === "create").map(({ type }) => type);
  expect(created.sort()).toEqual([
    ...Array(45).fill("kpaas:index:Node"),
    ...Array(45).fill("openstack:compute/instance:Instance"),
  ]);
  expect(changes.filter(({ op }) => op !== "create")).toEqual([]);
});

test("destroy leaves the project empty", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
});
