import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { FirewallRule } from "../../components/firewall.ts";
import { versions } from "../../config/versions.ts";
import { connectContainerEngine, engineInUse, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import {
  createMachine,
  type MachineSpec,
  type MachineState,
  machineState,
  removeMachine,
} from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, type NetworkSpec, networkExists, removeNetwork } from "../../local/network.ts";
import { createVolume, removeVolume, volumeExists } from "../../local/volume.ts";
import { handler as machineHandler } from "../../provider/resources/local-machine.ts";
import { handler as portsHandler } from "../../provider/resources/local-published-ports.ts";
import { nftablesRuleset } from "../../stacks/local/nftables.ts";

const environment = `localtest-${process.pid}`;
const gateway = "10.253.77.1";
const network: NetworkSpec = {
  networkName: `kpaas-${environment}`,
  environment,
  cidr: "10.253.77.0/24",
  gateway,
  dynamicCidr: "10.253.77.128/25",
};
const volume = `${environment}-data`;
const report = (message: string) => console.log(message);

let engine: Docker;
let spec: MachineSpec;
let machine: MachineState;

beforeAll(async () => {
  await ensureContainerEngine(report);
  engine = await connectContainerEngine();
  const image = await ensureMachineImage("machine", versions.kubernetes, report);
  await createVolume(volume, environment);
  spec = {
    hostname: `${environment}-worker-1`,
    environment,
    role: "worker",
    machineName: "worker-1",
    image,
    networkId: await createNetwork(network),
    userData,
    firewall: ruleset(8080),
    volumes: { "/srv/data": volume },
    publicPorts: [8080],
  };
  machine = await createMachine(spec);
  await poll(async () => (await inMachine("cat /var/lib/first-boot-was-here")).exitCode === 0);
});

afterAll(async () => {
  await removeMachine(spec.hostname);
  await removeNetwork(spec.networkId);
  await removeVolume(volume);
  const filters = { label: [`${environmentLabel}=${environment}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  expect(await engine.listNetworks({ filters })).toEqual([]);
  expect((await engine.listVolumes({ filters: JSON.stringify(filters) })).Volumes).toEqual([]);
});

test("user-data ran: files before commands, once, and systemd is content", async () => {
  expect((await inMachine("cat /var/lib/first-boot-was-here")).stdout).toBe("written before\n");
  expect((await inMachine("cat /etc/late")).stdout).toBe("deferred\n");
  await poll(async () => (await inMachine("systemctl is-system-running")).stdout === "running\n");
});

test("without a fixed address it has the lowest of the dynamic range", () => {
  expect(machine.privateIp).toBe("10.253.77.128");
});

test("machines made at once get different addresses, the lowest that are free", async () => {
  const names = [2, 3, 4, 5, 6, 7].map((n) => `${environment}-worker-${n}`);
  const made = await Promise.all(names.map((hostname) => createMachine({ ...spec, hostname, publicPorts: [] })));
  expect(made.map(({ privateIp }) => privateIp).sort()).toEqual(
    [129, 130, 131, 132, 133, 134].map((n) => `10.253.77.${n}`),
  );
  await Promise.all(made.map(({ id }) => removeMachine(id)));
});

test("a port that a rule allows is open, on the machine and on the host's loopback; any other is closed", async () => {
  await poll(() => answers(`${machine.privateIp}:8080`));
  expect(await answers(machine.publicEndpoints["8080"] as string)).toBe(true);
  expect((await inMachine("curl -sf http://127.0.0.1:8081/")).exitCode).toBe(0);
  expect(await answers(`${machine.privateIp}:8081`)).toBe(false);
});

test("another ruleset takes effect in the running machine", async () => {
  const closed = { ...spec, firewall: ruleset(8081) };
  const outputs = { address: machine.privateIp, publicEndpoints: machine.publicEndpoints, running: true };
  await machineHandler.update?.(machine.id, { ...spec, ...outputs }, closed, context);
  expect(await answers(`${machine.privateIp}:8080`)).toBe(false);
  expect(await answers(`${machine.privateIp}:8081`)).toBe(true);
  await machineHandler.update?.(machine.id, { ...closed, ...outputs }, spec, context);
  expect(await answers(`${machine.privateIp}:8080`)).toBe(true);
});

test("a ruleset that nft refuses is an error that names the machine", async () => {
  const broken = { ...spec, firewall: "no such thing" };
  await expect(async () => machineHandler.update?.(machine.id, spec, broken, context)).rejects.toThrow(spec.hostname);
  await machineHandler.update?.(machine.id, broken, spec, context);
});

test("a volume is mounted where the plan says", async () => {
  expect((await inMachine("mountpoint -q /srv/data")).exitCode).toBe(0);
});

test("containerd's overlays and root's mounts work in it", async () => {
  const { exitCode, stderr } = await inMachine(
    "cd /var/lib/containerd && mkdir -p l u w m && mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m && umount m",
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

test("`up` goes on with the machine of a killed one, whether it runs or was made and not started", async () => {
  expect((await createMachine(spec)).id).toBe(machine.id);
  await engine.getContainer(machine.id).kill();
  const adopted = await createMachine(spec);
  expect(adopted).toMatchObject({ id: machine.id, running: true, privateIp: machine.privateIp });
});

test("another machine of the same name that this environment left is made anew", async () => {
  const changed = { ...spec, hostname: `${environment}-worker-2`, publicPorts: [] };
  const first = await createMachine(changed);
  const second = await createMachine({ ...changed, userData: `${userData}# changed\n` });
  expect(second.id).not.toBe(first.id);
  expect(second.privateIp).toBe("10.253.77.129");
  await removeMachine(second.id);
  expect(await machineState(changed.hostname)).toBeUndefined();
});

test("a container of somebody else's is left alone", async () => {
  await expect(createMachine({ ...spec, environment: "another" })).rejects.toThrow("not of environment another");
  expect((await machineState(spec.hostname))?.id).toBe(machine.id);
});

test("a stopped machine is drift that the next update mends, with the same address and ports", async () => {
  await engine.getContainer(machine.id).stop({ t: 10 });
  const drifted = await machineHandler.read?.(machine.id, spec, context);
  expect(drifted).toMatchObject({ running: false, address: machine.privateIp });
  expect(machineHandler.needsUpdate?.({ ...spec, ...drifted })).toBe(true);
  await machineHandler.update?.(machine.id, { ...spec, ...drifted }, spec, context);
  expect(await machineState(spec.hostname)).toEqual(machine);
  await poll(() => answers(`${machine.privateIp}:8080`));
  expect(await answers(`${machine.privateIp}:8081`)).toBe(false);
});

describe("host ports that were chosen for a machine", () => {
  const hostname = `${environment}-published`;
  const published = async (ports: number[]): Promise<Record<string, number>> => {
    const { outputs } = await portsHandler.create({ hostname, ports }, context);
    return (outputs as { hostPorts: Record<string, number> }).hostPorts;
  };
  const make = (more: Partial<MachineSpec>, warn = report) =>
    createMachine({ ...spec, hostname, volumes: {}, publicPorts: [8080, 8081], ...more }, warn);

  afterEach(() => removeMachine(hostname));

  test("are those of the machine that takes its place", async () => {
    const hostPorts = await published([8080, 8081]);
    const endpoints = { 8080: `127.0.0.1:${hostPorts[8080]}`, 8081: `127.0.0.1:${hostPorts[8081]}` };
    expect(new Set(Object.values(endpoints)).size).toBe(2);
    const first = await make({ hostPorts });
    expect(first.publicEndpoints).toEqual(endpoints);
    await removeMachine(first.id);
    const second = await make({ hostPorts, userData: `${userData}# changed\n` });
    expect(second.id).not.toBe(first.id);
    expect(second.publicEndpoints).toEqual(endpoints);
  });

  test("are those that a machine has which is older than the choice, and a further port gets one besides", async () => {
    const older = await make({ publicPorts: [8080] });
    const hostPorts = await published([8080]);
    expect(older.publicEndpoints).toEqual({ 8080: `127.0.0.1:${hostPorts[8080]}` });
    const both = await portsHandler.update?.(hostname, { hostPorts }, { hostname, ports: [8080, 8081] }, context);
    expect(both).toEqual({ hostPorts: { 8080: hostPorts[8080], 8081: expect.any(Number) } });
  });

  test("give way, with a warning, to one that is free where another process has taken them meanwhile", async () => {
    const hostPorts = await published([8080]);
    const taker = createServer().listen(hostPorts[8080], "127.0.0.1");
    await once(taker, "listening");
    const warnings: string[] = [];
    try {
      const { publicEndpoints } = await make({ publicPorts: [8080], hostPorts }, (message) => warnings.push(message));
      expect(publicEndpoints["8080"]).not.toBe(`127.0.0.1:${hostPorts[8080]}`);
      expect(warnings).toEqual([expect.stringContaining(`port ${hostPorts[8080]} of this host`)]);
      expect(warnings[0]).toContain(publicEndpoints["8080"]);
    } finally {
      taker.close();
    }
  });
});

test("a removed machine is gone, and removing it again is no error", async () => {
  const extra = await createMachine({ ...spec, hostname: `${environment}-worker-3`, publicPorts: [] });
  await Promise.all([removeMachine(extra.id), removeMachine(extra.id)]);
  await removeMachine(extra.id);
  expect(
    await machineHandler.read?.(extra.id, { ...spec, hostname: `${environment}-worker-3` }, context),
  ).toBeUndefined();
});

test("networks and volumes: made again they are the same, gone they are no error", async () => {
  expect(await createNetwork(network)).toBe(spec.networkId);
  expect(await networkExists("no-such-network")).toBe(false);
  expect(await volumeExists("no-such-volume")).toBe(false);
  await removeNetwork("no-such-network");
  await removeVolume("no-such-volume");
});

test("a machine that is BOSH's is on a second network, keeps its address in the first, and reaches the engine", async () => {
  const furtherNetworkId = await createNetwork({
    networkName: `kpaas-${environment}-cf`,
    environment,
    cidr: "10.253.78.0/24",
    setting: "applicationPlatform.cidr",
    gateway: "10.253.78.1",
    dynamicCidr: "10.253.78.8/29",
  });
  const engineSocket = (await engineInUse()).host.replace("unix://", "");
  const hostname = `${environment}-jumphost`;
  try {
    const made = await createMachine({
      ...spec,
      hostname,
      publicPorts: [],
      privateIp: "10.253.77.92",
      furtherNetworkId,
      engineSocket,
    });
    expect(made.privateIp).toBe("10.253.77.92");
    const inIt = async (...argv: string[]) => (await containerExec(engine, hostname, argv)).stdout;
    const addresses = (await inIt("hostname", "-I")).trim().split(" ").sort();
    expect(addresses).toEqual(["10.253.77.92", expect.stringMatching(/^10\.253\.78\.(8|9|1[0-5])$/)]);
    expect(await inIt("curl", "-sf", "--unix-socket", engineSocket, "http://engine/_ping")).toBe("OK");
  } finally {
    await removeMachine(hostname);
    await removeNetwork(furtherNetworkId);
  }
});

test("a range that another network has is refused before anything is made", async () => {
  const overlapping = { ...network, networkName: `kpaas-${environment}-2`, cidr: "10.253.0.0/16" };
  await expect(createNetwork(overlapping)).rejects.toThrow(`overlaps the engine's network kpaas-${environment}`);
});

/** Making a bridge takes an administrator. */
test.runIf(process.getuid?.() === 0)("a bridge that a killed engine left is told, with how to remove it", async () => {
  const bridge = `br-${process.pid}`;
  const ip = (...args: string[]) => execFileSync("ip", args);
  ip("link", "add", bridge, "type", "bridge");
  try {
    ip("address", "add", "10.253.78.1/24", "dev", bridge);
    ip("link", "set", bridge, "up");
    const another = { ...network, networkName: `kpaas-${environment}-3`, cidr: "10.253.78.0/24" };
    await expect(createNetwork(another)).rejects.toMatchObject({
      message: expect.stringContaining(`which this machine is on with ${bridge}`),
      next: expect.stringContaining(`ip link delete ${bridge}`),
    });
  } finally {
    ip("link", "delete", bridge);
  }
});

const userData = `#cloud-config
write_files:
  - {path: /etc/message, content: "written before\\n"}
  - {path: /etc/late, content: "deferred\\n", defer: true}
  - path: /etc/systemd/system/web@.service
    content: |
      [Service]
      WorkingDirectory=/srv
      ExecStart=/usr/bin/python3 -m http.server %i
      [Install]
      WantedBy=multi-user.target
runcmd:
  - [systemctl, enable, --now, --no-block, web@8080, web@8081]
  - cat /etc/message >> /var/lib/first-boot-was-here
`;

function ruleset(port: number): string {
  const rule: FirewallRule = {
    protocol: "tcp",
    fromPort: port,
    toPort: port,
    source: { cidr: `${gateway}/32` },
    purpose: "test",
  };
  return nftablesRuleset([rule], () => []);
}

const context: Parameters<NonNullable<typeof machineHandler.read>>[2] = {
  name: "worker-1",
  environment,
  signal: new AbortController().signal,
  report,
  warn: report,
};

function inMachine(script: string) {
  return containerExec(engine, spec.hostname, ["sh", "-c", script]);
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`http://${endpoint}/`, { signal: AbortSignal.timeout(1500) })).ok;
  } catch {
    return false;
  }
}

async function poll(condition: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 100 });
}
