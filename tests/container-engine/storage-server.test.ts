import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ganeshaConfig } from "../../components/first-boot/storage.ts";
import { versions } from "../../config/versions.ts";
import { eventually } from "../../lib/eventually.ts";
import { tarOf } from "../../lib/tar.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";

const name = `storage-${process.pid}`;
const hostname = `${name}-storage`;
const [cidr, address] = ["10.253.85.0/24", "10.253.85.20"];

const volume = `kpaas-${name}-data`;

let engine: Docker;
let networkId: string;

beforeAll(async () => {
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  const network = { networkName: `kpaas-${name}`, environment: name, cidr, gateway: "10.253.85.1" };
  networkId = await createNetwork({ ...network, dynamicCidr: "10.253.85.128/25" });
  await createMachine({
    ...{ hostname, environment: name, role: "storage", machineName: "storage", networkId, privateIp: address },
    image: await ensureMachineImage("machine", versions.kubernetes, console.log),
    ...{ userData: "#cloud-config\n{}\n", firewall: "table inet kpaas_firewall {}\n", publicPorts: [] },
    // The layers of a container give no file handles.
    volumes: { "/srv/kpaas": volume },
  });
  const files = { "etc/kpaas/ganesha.conf": { content: ganeshaConfig("/srv/kpaas", [cidr]), mode: 0o644 } };
  await engine.getContainer(hostname).putArchive(await tarOf(files), { path: "/" });
  const server = "ganesha.nfsd -L /run/ganesha.log -f /etc/kpaas/ganesha.conf -p /run/ganesha.pid";
  // As on any machine; a container engine lets everyone take every port of its containers.
  await inMachine("sysctl -qw net.ipv4.ip_unprivileged_port_start=1024");
  await inMachine(`mkdir -p /srv/kpaas/volume /var/lib/nfs/ganesha; ${server}`);
}, 2_700_000);

afterAll(async () => {
  await removeMachine(hostname);
  await engine.getVolume(volume).remove();
  await removeNetwork(networkId);
});

async function inMachine(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

const list = `timeout 20 nfs-ls 'nfs://${address}/kpaas?version=4'`;

test("the file server answers root of a worker, and nobody there who cannot take a port of root's", async () => {
  await eventually(60, async () => expect(await inMachine(list)).toContain("volume"));
  await expect(inMachine(`setpriv --reuid nobody --regid nogroup --clear-groups ${list}`)).rejects.toThrow();
  expect(await inMachine(list)).toContain("volume");
});
