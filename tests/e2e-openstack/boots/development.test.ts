import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../lib/eventually.ts";
import { exampleSettings } from "../../harness/environments/shipped-examples.ts";
import type { TestPlatform } from "../../harness/platform/test-platform.ts";
import type { Devcloud } from "../devcloud.ts";
import { bootedContainers, bootingPlatform, connectAttempt, isOpen } from "./platform.ts";
import { operators, registry } from "./settings.ts";

const name = "e2e-boots";

/** The development example as it is shipped, but for what is this cloud's own: its name, its operators, upstream out of reach. */
const { infrastructure: shipped, containerPlatform, ...others } = exampleSettings("openstack-dev");
const { cloud: _, ...infrastructure } = shipped;
const settings = {
  ...others,
  infrastructure,
  network: { adminCidrs: operators },
  containerPlatform: { ...containerPlatform, registry },
};

let cloud: Devcloud;
let platform: TestPlatform;

beforeAll(async () => {
  ({ cloud, platform } = await bootingPlatform(name));
  platform.configure(settings);
  const { seconds } = await platform.kpaasOk("up");
  console.log(`up: ${seconds.toFixed(0)} s`);
});

afterAll(async () => {
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("verify passes", async () => {
  const { stdout } = await platform.kpaasOk("verify");
  console.log(stdout);
});

const server = async (machine: string) =>
  (await cloud.all("server")).find(({ name: hostname }) => hostname === `${name}-${machine}`)?.id ?? "";

test("cloud-init has read the machine's user-data, and its console tells of first boot", async () => {
  const { stdout } = await platform.machine("worker-1", "cat /var/lib/cloud/instance/user-data.txt");
  expect(stdout).toContain(`hostname: ${name}-worker-1`);
  const action = { "os-getConsoleOutput": { length: 1000 } };
  const path = `/servers/${await server("worker-1")}/action`;
  const answer = (await cloud.request("compute", path, { method: "POST", body: action })) as { output: string };
  expect(answer.output).toContain("phase: joining the cluster");
});

async function isOpenFrom(machine: string, host: string, port: number): Promise<boolean> {
  return (await platform.machine(machine, connectAttempt(host, port))).stdout.includes("open");
}

async function addressOf(machine: string): Promise<string> {
  const [ports, id] = [await cloud.list("network", "/v2.0/ports"), await server(machine)];
  const port = ports.find(({ device_id: device }) => device === id);
  const [fixed] = (port?.fixed_ips ?? []) as { ip_address: string }[];
  return fixed?.ip_address ?? "";
}

test("the security groups are what lets packets in", async () => {
  const floating = await cloud.all("floatingIp");
  const [bastion, gateway] = await Promise.all(
    ["bastion", "haproxy-1"].map(async (machine) => {
      const fixed = await addressOf(machine);
      return String(floating.find((each) => each.fixed_ip_address === fixed)?.floating_ip_address);
    }),
  );
  expect(await isOpen(bastion ?? "", 22)).toBe(true);
  expect(await isOpen(gateway ?? "", 6443)).toBe(true);
  // HAProxy's machine has an SSH server, too, for the bastion only.
  expect(await isOpen(gateway ?? "", 22)).toBe(false);
  const [haproxy, database] = await Promise.all(["haproxy-1", "database"].map(addressOf));
  expect(await isOpenFrom("bastion", haproxy ?? "", 22)).toBe(true);
  expect(await isOpenFrom("haproxy-1", database ?? "", 3306)).toBe(true);
  expect(await isOpenFrom("worker-1", database ?? "", 3306)).toBe(false);
});

test("a worker that Nova reboots comes back", async () => {
  const bootedAt = () => platform.machine("worker-1", "stat -c %Y /proc/1");
  const before = (await bootedAt()).stdout;
  const path = `/servers/${await server("worker-1")}/action`;
  await cloud.request("compute", path, { method: "POST", body: { reboot: { type: "HARD" } } });
  await eventually(180, async () => {
    const { code, stdout } = await bootedAt();
    expect({ code, again: stdout !== before }).toEqual({ code: 0, again: true });
  });
  await eventually(180, () => platform.kpaasOk("verify"));
  // Its firewall is there again, too.
  expect(await isOpenFrom("bastion", await addressOf("worker-1"), 10250)).toBe(false);
});

test("a master made anew is another server at the same address, with its etcd on the volume that Cinder kept", async () => {
  const seen = async () => {
    const volumes = (await cloud.all("volume")).filter(({ name: volume }) => volume === `${name}-master-1-data`);
    return { address: await addressOf("master-1"), volumes: volumes.map(({ id }) => id) };
  };
  const [before, former] = [await seen(), await server("master-1")];
  expect(before.volumes).toHaveLength(1);
  await platform.kubectlOk(["create", "namespace", "kept"]);
  const { containerPlatform } = settings;
  const masters = { ...containerPlatform.masters, generation: 2 };
  platform.configure({ ...settings, containerPlatform: { ...containerPlatform, masters } });
  const { seconds } = await platform.kpaasOk("up");
  console.log(`a master made anew: ${seconds.toFixed(0)} s`);
  expect(await server("master-1")).not.toBe(former);
  expect(await seen()).toEqual(before);
  await platform.kubectlOk(["get", "namespace", "kept"]);
  await platform.kpaasOk("verify");
});

test("up again changes nothing", async () => {
  expect(await platform.changes("up")).toEqual([]);
});

test("destroy leaves no server, no machine and no volume", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
  expect(await bootedContainers()).toEqual([]);
});
