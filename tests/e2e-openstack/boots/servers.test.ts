import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../lib/eventually.ts";
import { connectContainerEngine } from "../../../local/container-engine.ts";
import { type Run, run, runOk } from "../../harness/platform/commands.ts";
import { type Devcloud, devcloud } from "../devcloud.ts";
import type { Item, Service } from "../openstack-api.ts";
import { bootedContainers, isOpen } from "./platform.ts";
import { operators } from "./settings.ts";

/** The cloud itself, without a platform: what the platforms' tests beside this one take for granted. */
const name = "e2e-boots-servers";
const address = {
  outer: "10.181.0.10",
  inner: "10.181.0.140",
  /** An allowed address pair of the outer server's port. */
  shared: "10.181.0.100",
  /** One that nobody gave it. */
  foreign: "10.181.0.101",
};
/** Where the data disk of a database is. */
const dataPath = "/var/lib/mysql";

let cloud: Devcloud;
let folder: string;
const made: Record<string, Item> = {};
const floating = { outer: "", shared: "" };

const collections: Record<string, [Service, string]> = {
  network: ["network", "/v2.0/networks"],
  subnet: ["network", "/v2.0/subnets"],
  router: ["network", "/v2.0/routers"],
  port: ["network", "/v2.0/ports"],
  security_group: ["network", "/v2.0/security-groups"],
  security_group_rule: ["network", "/v2.0/security-group-rules"],
  floatingip: ["network", "/v2.0/floatingips"],
  volume: ["volume", "/volumes"],
  keypair: ["compute", "/os-keypairs"],
  server: ["compute", "/servers"],
};

async function make(kind: string, body: object): Promise<Item> {
  const [service, path] = collections[kind] as [Service, string];
  const answer = await cloud.request(service, path, { method: "POST", body: { [kind]: body } });
  return (answer as Record<string, Item>)[kind] as Item;
}

async function remove(kind: string, id: string): Promise<void> {
  const [service, path] = collections[kind] as [Service, string];
  await cloud.request(service, `${path}/${id}`, { method: "DELETE" });
}

const idOf = (key: string): string => made[key]?.id ?? "";

const letIn = (group: string, rule: object): Promise<Item> =>
  make("security_group_rule", { security_group_id: idOf(group), direction: "ingress", protocol: "tcp", ...rule });

async function makePort(key: string, body: object): Promise<void> {
  made[key] = await make("port", { network_id: idOf("network"), ...body });
}

async function floatTo(port: string): Promise<string> {
  const given = await make("floatingip", { floating_network_id: idOf("public"), port_id: idOf(port) });
  return String(given.floating_ip_address);
}

/** Makes a server on a port, and waits until it is ACTIVE. */
async function makeServer(key: string, port: string, volume?: string): Promise<void> {
  const [flavor] = await cloud.list("compute", "/flavors");
  const [image] = await cloud.list("image", "/v2/images");
  const boot = {
    uuid: image?.id,
    source_type: "image",
    destination_type: "local",
    boot_index: 0,
    delete_on_termination: true,
  };
  const disk = { uuid: volume, source_type: "volume", destination_type: "volume", boot_index: -1 };
  made[key] = await make("server", {
    name: key,
    flavorRef: flavor?.id,
    imageRef: image?.id,
    key_name: name,
    networks: [{ port: idOf(port) }],
    metadata: { "kpaas-role": "database" },
    block_device_mapping_v2: volume ? [boot, disk] : [boot],
  });
  await untilStatus(key, "ACTIVE");
}

async function untilStatus(key: string, wanted: string): Promise<void> {
  await eventually(60, async () => {
    const { server } = (await cloud.request("compute", `/servers/${idOf(key)}`)) as { server: Item };
    expect(server.status).toBe(wanted);
  });
}

async function removeServer(key: string): Promise<void> {
  await remove("server", idOf(key));
  await eventually(60, async () => expect((await cloud.all("server")).map(({ id }) => id)).not.toContain(idOf(key)));
}

const act = (key: string, action: object): Promise<unknown> =>
  cloud.request("compute", `/servers/${idOf(key)}/action`, { method: "POST", body: action });

const options = () => [
  ...["-F", "none", "-i", join(folder, "key"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
  ...["-o", "LogLevel=ERROR", "-o", "ConnectTimeout=3", "-o", "BatchMode=yes"],
];

const outer = (command: string, at = floating.outer): Promise<Run> =>
  run("ssh", [...options(), `ubuntu@${at}`, command], { timeoutSeconds: 30 });

function inner(command: string): Promise<Run> {
  const jump = ["ssh", ...options(), "-W", "%h:%p", `ubuntu@${floating.outer}`].join(" ");
  return run("ssh", [...options(), "-o", `ProxyCommand=${jump}`, `ubuntu@${address.inner}`, command], {
    timeoutSeconds: 30,
  });
}

/** Runs a command as soon as the machine lets one in. */
const told = (machine: (command: string) => Promise<Run>, command: string): Promise<string> =>
  eventually(90, async () => {
    const { code, stdout, stderr } = await machine(command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.trim();
  });

/** Tells whether one machine reaches another's port, from a certain source address. */
async function reaches(machine: (command: string) => Promise<Run>, host: string, port: number, from: string) {
  const attempt = `import socket; socket.create_connection(("${host}", ${port}), 2, ("${from}", 0)); print("open")`;
  return (await machine(`python3 -c '${attempt}' 2>/dev/null || true`)).stdout.includes("open");
}

const serve = (port: number) => `sudo systemd-run --quiet --unit=serve-${port} python3 -m http.server ${port}`;

beforeAll(async () => {
  cloud = await devcloud(name);
  folder = mkdtempSync(join(tmpdir(), `${name}-`));
  await runOk("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  await make("keypair", { name, public_key: readFileSync(join(folder, "key.pub"), "utf8") });
  made.network = await make("network", { name });
  const { networks } = (await cloud.request("network", "/v2.0/networks?name=public")) as { networks: [Item] };
  [made.public] = networks;
  made.router = await make("router", { name, external_gateway_info: { network_id: idOf("public") } });
  for (const cidr of ["10.181.0.0/25", "10.181.0.128/25"]) {
    const subnet = await make("subnet", { network_id: idOf("network"), ip_version: 4, cidr });
    const path = `/v2.0/routers/${idOf("router")}/add_router_interface`;
    await cloud.request("network", path, { method: "PUT", body: { subnet_id: subnet.id } });
  }
  for (const group of ["outer-group", "inner-group"]) made[group] = await make("security_group", { name: group });
  const [ssh, web] = [22, 7000].map((port) => ({ port_range_min: port, port_range_max: port }));
  await letIn("outer-group", { ...ssh, remote_ip_prefix: operators[0] });
  for (const each of [ssh, web]) await letIn("inner-group", { ...each, remote_group_id: idOf("outer-group") });
  await makePort("outer-port", {
    fixed_ips: [{ ip_address: address.outer }],
    security_groups: [idOf("outer-group")],
    allowed_address_pairs: [{ ip_address: address.shared }],
  });
  await makePort("inner-port", { fixed_ips: [{ ip_address: address.inner }], security_groups: [idOf("inner-group")] });
  await makePort("shared-port", { fixed_ips: [{ ip_address: address.shared }], security_groups: [] });
  made.volume = await make("volume", { name, size: 1 });
  floating.outer = await floatTo("outer-port");
  floating.shared = await floatTo("shared-port");
  await Promise.all([makeServer("outer", "outer-port"), makeServer("inner", "inner-port", idOf("volume"))]);
});

afterAll(async () => {
  for (const { id } of await cloud.all("server")) await remove("server", id);
  rmSync(folder, { recursive: true, force: true });
});

test("a server boots with its name and its key pair, and is reached at its floating address", async () => {
  expect(await told(outer, "hostname")).toBe("outer");
  expect(await told(inner, "hostname")).toBe("inner");
});

test("what no group names is closed, from outside and from a neighbour, and opens with a rule while it runs", async () => {
  for (const port of [7000, 7001]) await told(inner, serve(port));
  await told(outer, serve(7000));
  await eventually(20, async () => expect(await reaches(outer, address.inner, 7000, address.outer)).toBe(true));
  expect(await reaches(outer, address.inner, 7001, address.outer)).toBe(false);
  expect(await reaches(inner, address.outer, 7000, address.inner)).toBe(false);
  expect(await isOpen(floating.outer, 7000)).toBe(false);
  const web = { port_range_min: 7000, port_range_max: 7000, remote_ip_prefix: operators[0] };
  const rule = await letIn("outer-group", web);
  await eventually(20, async () => expect(await isOpen(floating.outer, 7000)).toBe(true));
  await remove("security_group_rule", rule.id);
  await eventually(20, async () => expect(await isOpen(floating.outer, 7000)).toBe(false));
});

test("a machine may hold an allowed address pair, which has a floating address, and no other address", async () => {
  expect(await isOpen(floating.shared, 22)).toBe(false);
  for (const each of [address.shared, address.foreign]) await told(outer, `sudo ip address add ${each}/32 dev ens3`);
  await eventually(20, async () => expect(await isOpen(floating.shared, 22)).toBe(true));
  expect(await reaches(outer, address.inner, 7000, address.shared)).toBe(true);
  expect(await reaches(outer, address.inner, 7000, address.foreign)).toBe(false);
});

test("a hard reboot comes back under the same rules; a stopped server is gone until it is started", async () => {
  const bootedAt = await told(outer, "stat -c %Y /proc/1");
  await act("outer", { reboot: { type: "HARD" } });
  await eventually(60, async () => expect(await told(outer, "stat -c %Y /proc/1")).not.toBe(bootedAt));
  await told(outer, serve(7001));
  expect(await isOpen(floating.outer, 7001)).toBe(false);
  await act("outer", { "os-stop": null });
  await untilStatus("outer", "SHUTOFF");
  expect(await isOpen(floating.outer, 22)).toBe(false);
  await act("outer", { "os-start": null });
  expect(await told(outer, "hostname")).toBe("outer");
});

test("the console log tells of the boot", async () => {
  const { output } = (await act("inner", { "os-getConsoleOutput": { length: 500 } })) as { output: string };
  expect(output).toContain("Reached target");
});

test("a volume keeps its data from one server to the next, and goes with Cinder's", async () => {
  await told(inner, `echo kept | sudo tee ${dataPath}/mark; sync`);
  await removeServer("inner");
  // A port belongs to its server's life no longer than the server does: it is there for the next one.
  await makeServer("inner-again", "inner-port", idOf("volume"));
  expect(await told(inner, `sudo cat ${dataPath}/mark; hostname`)).toBe("kept\ninner-again");
  await removeServer("inner-again");
  const volumes = async () => {
    const { Volumes: found } = await (await connectContainerEngine()).listVolumes();
    return (found ?? []).filter(({ Name }) => Name.includes(idOf("volume")));
  };
  expect(await volumes()).toHaveLength(1);
  await eventually(30, () => remove("volume", idOf("volume")));
  await eventually(30, async () => expect(await volumes()).toEqual([]));
});

test("nothing is left of what was deleted", async () => {
  await removeServer("outer");
  for (const { id } of await cloud.all("floatingIp")) await remove("floatingip", id);
  for (const port of ["outer-port", "inner-port", "shared-port"]) await remove("port", idOf(port));
  for (const { id } of await cloud.all("subnet")) {
    const path = `/v2.0/routers/${idOf("router")}/remove_router_interface`;
    await cloud.request("network", path, { method: "PUT", body: { subnet_id: id } });
  }
  await remove("router", idOf("router"));
  await remove("network", idOf("network"));
  for (const group of ["inner-group", "outer-group"]) await remove("security_group", idOf(group));
  await remove("keypair", name);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
  expect(await bootedContainers()).toEqual([]);
});
