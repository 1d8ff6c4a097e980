import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scriptFile } from "../../components/first-boot/scripts.ts";
import { nameForwarderUnit } from "../../components/first-boot/units.ts";
import { versions } from "../../config/versions.ts";
import { tarOf } from "../../lib/tar.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { nftablesRuleset } from "../../stacks/local/nftables.ts";
import { functionsOf } from "../harness/first-boot/functions.ts";

const environment = `names-${process.pid}`;
const hostname = `${environment}-worker`;
/** A container that the engine's resolver knows by name: to the machine, and to its pods, a name from outside. */
const outside = `${environment}-outside`;
const gateway = "10.253.80.1";
const machineAddress = "10.253.80.20";
const outsideAddress = "10.253.80.30";

/** As a node's: without rules for name servers, which only pods are to reach. The engine's own rules lead to its resolver, and stay. */
const firewall = nftablesRuleset([], () => []);

let engine: Docker;
let networkId: string;

beforeAll(async () => {
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  networkId = await createNetwork({
    networkName: `kpaas-${environment}`,
    environment,
    cidr: "10.253.80.0/24",
    gateway,
    dynamicCidr: "10.253.80.128/25",
  });
  const image = await ensureMachineImage("machine", versions.kubernetes, console.log);
  const machine = (name: string, privateIp: string) =>
    createMachine({
      ...{ hostname: name, environment, role: "worker", machineName: name, image, networkId, privateIp },
      ...{ userData: "#cloud-config\n{}\n", firewall, volumes: {}, publicPorts: [] },
    });
  await Promise.all([machine(hostname, machineAddress), machine(outside, outsideAddress)]);
}, 2_700_000);

afterAll(async () => {
  for (const name of [hostname, outside]) await removeMachine(name);
  await removeNetwork(networkId);
});

async function inMachine(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

/** Sets the machine's name servers up as first boot does. */
async function setUp(): Promise<void> {
  const files = [nameForwarderUnit, scriptFile("/usr/local/lib/kpaas/name-forwarder", ["name-forwarder.py"])];
  const named = files.map(({ path, content, permissions }) => [
    path.slice(1),
    { content, mode: Number.parseInt(permissions ?? "0644", 8) },
  ]);
  await engine.getContainer(hostname).putArchive(await tarOf(Object.fromEntries(named)), { path: "/" });
  const common = await functionsOf("common.sh", "install_file", "start_service");
  const node = await functionsOf("node.sh", "reachable_name_servers", "own_address", "name_servers", "forward_names");
  await inMachine(
    `run=/run; KPAAS_API=${gateway}:6443; systemctl daemon-reload
    ${common}\n${node}\nforward_names
    install_file 0644 root:root /etc/kpaas/resolv.conf < <(name_servers)`,
  );
}

/** Asks for a name as a pod does: from a network of its own, by the name servers that the kubelet gives it. */
const inPod = (name: string) =>
  inMachine(
    `ip netns list | grep -q pod || {
      ip netns add pod
      ip link add pod0 type veth peer name eth0 netns pod
      ip address add 10.99.0.1/24 dev pod0
      ip link set pod0 up
      ip -n pod address add 10.99.0.2/24 dev eth0
      ip -n pod link set eth0 up
      ip -n pod route add default via 10.99.0.1
    }
    mkdir -p /etc/netns/pod && cp /etc/kpaas/resolv.conf /etc/netns/pod/resolv.conf
    ip netns exec pod timeout 20 getent ahostsv4 ${name}`,
  );

test("pods resolve names from outside, of which only the engine's own resolver knows", async () => {
  const state = () => inMachine("systemctl is-system-running || true");
  await expect.poll(state, { timeout: 60_000 }).toMatch(/running|degraded/);
  expect(await inMachine("cat /etc/resolv.conf")).toContain("nameserver 127.0.0.11");
  await setUp();
  expect(await inMachine("cat /etc/kpaas/resolv.conf")).toBe(`nameserver ${machineAddress}`);
  await expect.poll(() => inPod(outside).catch(String), { timeout: 10_000 }).toContain(outsideAddress);
});

test("a name that nobody knows is answered at once, and other machines are not answered at all", async () => {
  const began = performance.now();
  await expect(inPod("nowhere.invalid")).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(10_000);
  const ask = `timeout 3 bash -c 'exec 3<>/dev/tcp/${machineAddress}/53' && echo reached || echo closed`;
  expect((await containerExec(engine, outside, ["bash", "-c", ask])).stdout.trim()).toBe("closed");
});

test("set up again, it changes nothing; a machine with a resolver that pods reach needs none", async () => {
  const started = () => inMachine("systemctl show -p MainPID --value kpaas-name-forwarder");
  const before = await started();
  await setUp();
  expect(await started()).toBe(before);
  await inMachine("mkdir -p /run/systemd/resolve; echo nameserver 192.0.2.53 >/run/systemd/resolve/resolv.conf");
  await setUp();
  expect(await inMachine("cat /etc/kpaas/resolv.conf")).toBe("nameserver 192.0.2.53");
  expect(await inMachine("systemctl is-active kpaas-name-forwarder || true")).toBe("inactive");
});
