import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { deployable } from "../../bosh/deployable.ts";
import { boshInputs } from "../../bosh/index.ts";
import {
  type ApplicationFirewallGroup,
  type ApplicationSource,
  applicationFirewall,
} from "../../config/application-platform/firewall.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { askedBy, interpolate } from "../harness/bosh/interpolate.ts";
import { deliveredToJumpHost } from "../harness/bosh/jump-host-files.ts";
import { valuesFor } from "../harness/environments/bosh-environments.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { Devcloud } from "./devcloud.ts";
import { openApi } from "./openstack-api.ts";
import { type OpenstackPlatform, openstackPlatform } from "./openstack-platform.ts";

const name = "e2e-cf";
const prefix = `kpaas-${name}-cf`;
const settings = {
  infrastructure: {
    kind: "openstack",
    dnsServers: ["192.0.2.53"],
    machineTypes: [
      { name: "m1.medium", vcpus: 2, memoryGiB: 4 },
      { name: "m1.large", vcpus: 4, memoryGiB: 8 },
      { name: "m1.xlarge", vcpus: 8, memoryGiB: 16 },
    ],
  },
  network: { cidr: "10.195.0.0/24", adminCidrs: ["198.51.100.0/24"] },
  // A load balancer would have a hundred listeners for TCP routes, which Octavia makes one after another.
  applicationPlatform: { systemDomain: "cf.example.com", gateway: "haproxy" },
};
const environment = parseEnvironment(name, settings);

let cloud: Devcloud;
let platform: TestPlatform;
let stop: OpenstackPlatform["stop"];

beforeAll(async () => {
  ({ cloud, platform, stop } = await openstackPlatform(name));
  const { username, password } = cloud.login;
  platform.configure(settings, { "kpaas:bosh-director": { username, password } });
  await platform.kpaasOk("up");
});

afterAll(() => stop?.("--keep-bosh-vms"));

async function file(path: string): Promise<Record<string, unknown>> {
  const found = (await deliveredToJumpHost(platform)).get(`bosh/files/${path}`);
  expect(found, path).toBeDefined();
  return parse(found ?? "");
}

test("BOSH's VMs have a network of their own, with a subnet for each zone that the platform's router leads out of", async () => {
  const { network, subnet, port, router } = await cloud.inventory();
  const own = network.find((each) => each.name === prefix);
  const subnets = subnet.filter((each) => each.network_id === own?.id);
  const planned = applicationSubnets({ cidr: "10.182.0.0/22" }, environment.network.zones);
  expect(subnets.map(({ cidr, gateway_ip, dns_nameservers }) => ({ cidr, gateway_ip, dns_nameservers }))).toEqual(
    planned.map(({ cidr, gateway }) => ({ cidr, gateway_ip: gateway, dns_nameservers: ["192.0.2.53"] })),
  );
  const attached = port.filter((each) => each.network_id === own?.id && each.device_id === router[0]?.id);
  expect(attached).toHaveLength(planned.length);
});

test("Neutron's security groups of the application platform are its firewall's table", async () => {
  const { securityGroup, securityGroupRule } = await cloud.inventory();
  const names = new Map(securityGroup.map((group) => [group.id, group.name]));
  const inWords = (protocol: unknown, from: unknown, to: unknown, source: unknown) =>
    `${protocol} ${from ?? "-"}-${to ?? "-"} from ${source}`;
  const nameOf = (group: ApplicationFirewallGroup) => `${prefix}-${group}`;
  const sourceOf = (source: ApplicationSource) => {
    if ("cidr" in source) return source.cidr;
    if ("group" in source) return nameOf(source.group);
    return "role" in source ? `kpaas-${name}-${source.role}` : undefined;
  };
  for (const [group, rules] of applicationFirewall(environment)) {
    const found = securityGroupRule
      .filter((rule) => rule.direction === "ingress" && names.get(String(rule.security_group_id)) === nameOf(group))
      .map((rule) =>
        inWords(
          rule.protocol,
          rule.port_range_min,
          rule.port_range_max,
          rule.remote_ip_prefix ?? names.get(String(rule.remote_group_id)),
        ),
      );
    const wanted = rules.flatMap(({ protocol, fromPort, toPort, source }) => {
      const from = sourceOf(source);
      return from === undefined ? [] : [inWords(protocol, fromPort, toPort, from)];
    });
    expect([...names.values()], group).toContain(nameOf(group));
    expect(found, group).toEqual(expect.arrayContaining(wanted));
    // Traffic from the platform's own outer addresses is in no table: the cloud chooses them.
    expect(
      found.filter((rule) => !wanted.includes(rule) && !/from 203\.0\.113\.\d+\/32$/.test(rule)),
      group,
    ).toEqual([]);
  }
});

test("the jump host is a server behind the bastion, whose user-data has no secret of the director's", async () => {
  const servers = await cloud.admin.list("compute", "/servers/detail");
  const jumpHost = servers.find((server) => server.name === `${name}-jumphost`);
  expect(jumpHost).toMatchObject({ status: "ACTIVE" });
  const userData = Buffer.from(String(jumpHost?.["OS-EXT-SRV-ATTR:user_data"]), "base64").toString();
  expect(userData).toMatch(/^#cloud-config\n/);
  expect(userData).toContain(`hostname: ${name}-jumphost`);
  expect(userData).not.toContain(cloud.login.password);
  const { floatingIp } = await cloud.inventory();
  expect(floatingIp.map((each) => each.description)).toContain(`${prefix}-haproxy`);
  const addresses = Object.values(jumpHost?.addresses as Record<string, { "OS-EXT-IPS:type": string }[]>).flat();
  expect(addresses.map((address) => address["OS-EXT-IPS:type"])).toEqual(["fixed"]);
});

test("the cloud has what BOSH is told of it: network, flavors, firewall groups, key pair", async () => {
  const [vars, config, director] = [
    await file("cloud-config/vars.yml"),
    parse((await deliveredToJumpHost(platform)).get("bosh/files/cloud-config/cloud-config.yml") ?? "") as CloudConfig,
    await file("director/vars.yml"),
  ];
  const { network, securityGroup, keypair } = await cloud.inventory();
  expect(network.find(({ id }) => id === vars.net_id)?.name).toBe(prefix);
  expect(keypair.map((each) => each.name)).toContain(director.default_key_name);
  const flavors = (await cloud.list("compute", "/flavors")).map((flavor) => flavor.name);
  const wanted = config.vm_types.map(({ cloud_properties }) => cloud_properties.instance_type);
  expect(wanted.length).toBeGreaterThan(1);
  expect(flavors).toEqual(expect.arrayContaining(wanted));
  const groups = config.vm_extensions.flatMap(({ cloud_properties }) => cloud_properties.security_groups ?? []);
  expect(groups.length).toBeGreaterThan(5);
  expect(securityGroup.map((group) => group.name)).toEqual(expect.arrayContaining(groups));
});

interface CloudConfig {
  vm_types: { cloud_properties: { instance_type: string } }[];
  vm_extensions: { cloud_properties: { security_groups?: string[] } }[];
}

test("the director can log in with what it is given", async () => {
  const { auth_url, openstack_username, openstack_project } = await file("director/vars.yml");
  const { openstack_password } = await file("director/secrets.yml");
  const login = {
    auth_url: String(auth_url),
    username: String(openstack_username),
    password: String(openstack_password),
  };
  expect((await openApi(login, String(openstack_project))).projectId).toBe(cloud.projectId);
});

const patience = { timeout: 60_000, interval: 500 };

interface DirectorManifest {
  resource_pools: {
    cloud_properties: {
      instance_type: string;
      availability_zone?: string;
      security_groups: string[];
      root_disk: { size: number };
    };
  }[];
  networks: { subnets: { cloud_properties: { net_id: string } }[] }[];
  instance_groups: { networks: { static_ips: string[] }[] }[];
}

/** Gives the CPI's input of `bosh create-env`, made by BOSH's own template engine of the very files that the jump host has. */
async function directorManifest(): Promise<DirectorManifest> {
  const bosh = deployable(environment);
  if (!bosh) throw new Error("no application platform");
  const folder = "bosh/files/";
  const own = [...(await deliveredToJumpHost(platform))].filter(([path]) => path.startsWith(folder));
  const files = own.map(([path, content]) => ({ path: path.slice(folder.length), content }));
  const { commands } = boshInputs(bosh, valuesFor(bosh));
  const [made] = await interpolate([askedBy({ files, commands }, "create-env", true)]);
  if (!made?.manifest) throw new Error(made?.error);
  return parse(made.manifest, { version: "1.1" });
}

test("the director's VM comes up as create-env's manifest has it: by the director's login, at its address, in its firewall groups", async () => {
  const { resource_pools, networks, instance_groups } = await directorManifest();
  const properties = resource_pools[0]?.cloud_properties;
  const address = instance_groups[0]?.networks[0]?.static_ips[0];
  const { default_key_name, openstack_project } = await file("director/vars.yml");
  const director = await openApi(cloud.login, String(openstack_project));
  const [flavors, images] = await Promise.all([
    director.list("compute", "/flavors"),
    director.list("image", "/v2/images"),
  ]);
  const userData = Buffer.from(JSON.stringify({ networks: { default: { ip: address } } })).toString("base64");
  const server = {
    name: "director",
    flavorRef: flavors.find(({ name }) => name === properties?.instance_type)?.id,
    key_name: default_key_name,
    availability_zone: properties?.availability_zone,
    networks: [{ uuid: networks[0]?.subnets[0]?.cloud_properties.net_id, fixed_ip: address }],
    security_groups: properties?.security_groups.map((name) => ({ name })),
    user_data: userData,
    // The CPI makes the server so with boot_from_volume.
    block_device_mapping_v2: [
      {
        boot_index: 0,
        uuid: images[0]?.id,
        source_type: "image",
        destination_type: "volume",
        volume_size: properties?.root_disk.size,
        delete_on_termination: true,
      },
    ],
  };
  const { server: made } = (await director.request("compute", "/servers", { method: "POST", body: { server } })) as {
    server: { id: string };
  };
  try {
    const found = await vi.waitFor(async () => {
      const all = await cloud.admin.list("compute", "/servers/detail");
      const current = all.find(({ id }) => id === made.id);
      if (current?.status !== "ACTIVE") throw new Error(`${current?.status} ${JSON.stringify(current?.fault)}`);
      return current;
    }, patience);
    expect(found["OS-EXT-SRV-ATTR:user_data"]).toBe(userData);
    expect(found.key_name).toBe(default_key_name);
    const { port, securityGroup } = await cloud.inventory();
    const [own] = port.filter(({ device_id }) => device_id === made.id);
    expect(own?.fixed_ips).toEqual([expect.objectContaining({ ip_address: address })]);
    const names = securityGroup.filter(({ id }) => JSON.stringify(own?.security_groups).includes(id));
    expect(names.map(({ name }) => name).sort()).toEqual([`${prefix}-director`, `${prefix}-vms`]);
  } finally {
    await director.request("compute", `/servers/${made.id}`, { method: "DELETE" });
    await vi.waitUntil(async () => {
      const { server, volume } = await cloud.inventory();
      return ![...server, ...volume].some((each) => JSON.stringify(each).includes(made.id));
    }, patience);
  }
});

test("status names the record that users need, which leads to the gateway's floating IP", async () => {
  // Its other answers are that no machine of this cloud can be entered.
  const { stdout } = await platform.kpaas("status", ["--json"]);
  const { floatingIp } = await cloud.inventory();
  const gateway = floatingIp.find(({ description }) => description === `${prefix}-haproxy`);
  expect(JSON.parse(stdout).dnsRecords).toEqual([
    { name: "*.cf.example.com", type: "A", value: gateway?.floating_ip_address },
  ]);
});

test("no drift: a second preview changes nothing", async () => {
  expect(await platform.changes("preview")).toEqual([]);
});

test("destroy leaves nothing", async () => {
  await platform.kpaasOk("destroy", ["--yes", "--keep-bosh-vms"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
});
