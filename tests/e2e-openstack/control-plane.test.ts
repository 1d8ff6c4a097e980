import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Volume } from "@pulumi/openstack/blockstorage/volume.js";
import { getFlavorOutput } from "@pulumi/openstack/compute/getFlavor.js";
import { Instance } from "@pulumi/openstack/compute/instance.js";
import { Keypair } from "@pulumi/openstack/compute/keypair.js";
import { ServerGroup } from "@pulumi/openstack/compute/serverGroup.js";
import { VolumeAttach } from "@pulumi/openstack/compute/volumeAttach.js";
import { getImageOutput } from "@pulumi/openstack/images/getImage.js";
import { Listener } from "@pulumi/openstack/loadbalancer/listener.js";
import { LoadBalancer } from "@pulumi/openstack/loadbalancer/loadBalancer.js";
import { Members } from "@pulumi/openstack/loadbalancer/members.js";
import { Monitor } from "@pulumi/openstack/loadbalancer/monitor.js";
import { Pool } from "@pulumi/openstack/loadbalancer/pool.js";
import { FloatingIp } from "@pulumi/openstack/networking/floatingIp.js";
import { FloatingIpAssociate } from "@pulumi/openstack/networking/floatingIpAssociate.js";
import { getNetworkOutput } from "@pulumi/openstack/networking/getNetwork.js";
import { Network } from "@pulumi/openstack/networking/network.js";
import { Port } from "@pulumi/openstack/networking/port.js";
import { Router } from "@pulumi/openstack/networking/router.js";
import { RouterInterface } from "@pulumi/openstack/networking/routerInterface.js";
import { SecGroup } from "@pulumi/openstack/networking/secGroup.js";
import { SecGroupRule } from "@pulumi/openstack/networking/secGroupRule.js";
import { Subnet } from "@pulumi/openstack/networking/subnet.js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type TestStack, testStack } from "../provider/stack.ts";
import { type Devcloud, devcloud, zones } from "./devcloud.ts";
import { OpenStackError } from "./openstack-api.ts";
import { openstackPlugin } from "./plugin.ts";

const addresses = ["10.1.0.11", "10.1.0.12", "10.1.0.13"];
const userDataOf = (name: string): string => `#cloud-config\nhostname: ${name}\n`;
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ8Qh0bOo/BxDoylOPpflkjRVjnE/tK4RvEuUSG3tH+ operator";

let cloud: Devcloud;
let stack: TestStack;

beforeAll(async () => {
  cloud = await devcloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  vi.stubEnv("PATH", `${await openstackPlugin(console.log)}${delimiter}${process.env.PATH}`);
  stack = await testStack();
});

afterAll(async () => {
  await stack?.destroy();
  await stack?.dispose();
  vi.unstubAllEnvs();
});

/** One at least of each resource that the plugin must know. */
async function everything() {
  const network = new Network("cluster", { name: "cluster" });
  const subnet = new Subnet("nodes", { name: "nodes", networkId: network.id, cidr: "10.1.0.0/24" });
  const publicNetwork = getNetworkOutput({ name: "public", external: true });
  const router = new Router("router", { name: "router", externalNetworkId: publicNetwork.id });
  const gateway = new RouterInterface("nodes", { routerId: router.id, subnetId: subnet.id });

  const group = new SecGroup("master", { name: "master", deleteDefaultRules: true });
  new SecGroupRule("master-apiserver", {
    securityGroupId: group.id,
    direction: "ingress",
    ethertype: "IPv4",
    protocol: "tcp",
    portRangeMin: 6443,
    portRangeMax: 6443,
    remoteIpPrefix: "10.1.0.0/24",
  });

  const keypair = new Keypair("operator", { name: "operator", publicKey });
  const apart = new ServerGroup("masters", { name: "masters", policies: ["anti-affinity"] });
  const image = getImageOutput({ name: "ubuntu-24.04", mostRecent: true });
  const flavor = getFlavorOutput({ name: "m1.small" });
  const masters = addresses.map((ipAddress, index) => {
    const name = `master-${index + 1}`;
    const port = new Port(name, {
      name,
      networkId: network.id,
      fixedIps: [{ subnetId: subnet.id, ipAddress }],
      securityGroupIds: [group.id],
    });
    const server = new Instance(name, {
      name,
      flavorId: flavor.id,
      availabilityZone: zones[index],
      keyPair: keypair.name,
      networks: [{ port: port.id }],
      schedulerHints: [{ group: apart.id }],
      blockDevices: [
        {
          sourceType: "image",
          uuid: image.id,
          destinationType: "volume",
          volumeSize: 20,
          bootIndex: 0,
          deleteOnTermination: true,
        },
      ],
      userData: userDataOf(name),
    });
    return { port, server };
  });

  const [first] = masters;
  if (!first) throw new Error("there must be a master");
  const volume = new Volume("data", { name: "data", size: 10 });
  new VolumeAttach("data", { instanceId: first.server.id, volumeId: volume.id });
  const floatingIp = new FloatingIp("bastion", { pool: "public" });
  new FloatingIpAssociate(
    "bastion",
    { floatingIp: floatingIp.address, portId: first.port.id },
    // Without a way from the public network to the port Neutron refuses.
    { dependsOn: gateway },
  );

  const balancer = new LoadBalancer("apiserver", { name: "apiserver", vipSubnetId: subnet.id });
  const listener = new Listener("apiserver", {
    name: "apiserver",
    loadbalancerId: balancer.id,
    protocol: "TCP",
    protocolPort: 6443,
    allowedCidrs: ["198.51.100.0/24"],
  });
  const pool = new Pool("apiserver", {
    name: "apiserver",
    listenerId: listener.id,
    protocol: "TCP",
    lbMethod: "ROUND_ROBIN",
  });
  const members = new Members("apiserver", {
    poolId: pool.id,
    members: addresses.map((address) => ({ address, protocolPort: 6443, subnetId: subnet.id })),
  });
  new Monitor(
    "apiserver",
    { name: "apiserver", poolId: pool.id, type: "TCP", delay: 5, timeout: 3, maxRetries: 3 },
    { dependsOn: members },
  );
  return { servers: masters.map(({ server }) => server.id), floatingIp: floatingIp.address };
}

test("the real provider makes what the cloud then has", async () => {
  const { succeeded, said, outputs } = await stack.up(everything);
  expect(succeeded, said).toBe(true);

  const servers = await cloud.admin.list("compute", "/servers/detail");
  expect(servers.map(({ id }) => id).sort()).toEqual([...(outputs.servers as string[])].sort());
  for (const server of servers) {
    expect(server.status).toBe("ACTIVE");
    expect(Buffer.from(String(server["OS-EXT-SRV-ATTR:user_data"]), "base64").toString()).toBe(userDataOf(server.name));
  }
  expect(servers.map((server) => server["OS-EXT-AZ:availability_zone"]).sort()).toEqual(zones);

  const has = await cloud.inventory();
  expect(Object.fromEntries(Object.entries(has).map(([kind, items]) => [kind, items.length]))).toEqual({
    server: 3,
    keypair: 1,
    serverGroup: 1,
    network: 1,
    subnet: 1,
    router: 1,
    // The masters', the router's and the load balancer's.
    port: 5,
    // The load balancer has one as well, but in a project of Octavia's own.
    securityGroup: 1,
    securityGroupRule: 1,
    floatingIp: 1,
    // A boot disk each, and one for data.
    volume: 4,
    loadBalancer: 1,
    listener: 1,
    pool: 1,
    healthMonitor: 1,
  });
  expect(has.securityGroupRule).toMatchObject([{ port_range_min: 6443, remote_ip_prefix: "10.1.0.0/24" }]);
  expect(has.floatingIp).toMatchObject([{ floating_ip_address: outputs.floatingIp, fixed_ip_address: addresses[0] }]);
  expect(has.listener).toMatchObject([{ allowed_cidrs: ["198.51.100.0/24"], provisioning_status: "ACTIVE" }]);
});

test("after a refresh a second up changes nothing", async () => {
  const refreshed = await stack.refresh();
  expect(refreshed.succeeded, refreshed.said).toBe(true);
  const { succeeded, steps, said } = await stack.up(everything);
  expect(succeeded, said).toBe(true);
  expect(Object.entries(steps).filter(([, step]) => step !== "same")).toEqual([]);
});

test("the official plugin is taken where it is installed", async () => {
  const home = await mkdtemp(join(tmpdir(), "kpaas-plugins-"));
  const folder = join(home, "plugins", "resource-openstack-v3.15.2");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pulumi-resource-openstack"), "");
  const before = process.env.PULUMI_HOME;
  vi.stubEnv("PULUMI_HOME", home);
  try {
    expect(await openstackPlugin(console.log)).toBe(folder);
  } finally {
    vi.stubEnv("PULUMI_HOME", before);
    await rm(home, { recursive: true });
  }
});

test("a refusal tells its status", async () => {
  const request = cloud.request("compute", "/servers/none");
  await expect(request).rejects.toThrow(OpenStackError);
  await expect(request).rejects.toMatchObject({ status: 404 });
});

test("destroy leaves the project empty", async () => {
  const { succeeded, said } = await stack.destroy();
  expect(succeeded, said).toBe(true);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
});
