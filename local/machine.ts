import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { UserError } from "../lib/errors.ts";
import { tarOf } from "../lib/tar.ts";
import { freeAddress } from "./addresses.ts";
import { hostMissingCapabilities } from "./capabilities.ts";
import { connectContainerEngine } from "./container-engine.ts";
import { containerExec } from "./exec.ts";
import { deliveryMark, takesPrograms } from "./kubernetes-release.ts";
import { environmentLabel, machineLabel, roleLabel, specLabel } from "./labels.ts";
import { isMissing } from "./missing.ts";
import { freeLoopbackPort, isFreeLoopbackPort } from "./ports.ts";

export interface MachineSpec {
  hostname: string;
  environment: string;
  role: string;
  machineName: string;
  image: string;
  networkId: string;
  /** Id of a second network, on which the container engine chooses the address. */
  furtherNetworkId?: string;
  privateIp?: string;
  userData: string;
  /** nftables ruleset. */
  firewall: string;
  /** Names of the container engine's volumes by mount path. */
  volumes: Record<string, string>;
  /** Path of the container engine's socket, which the machine gets at the same path: its root is root of this machine. */
  engineSocket?: string;
  publicPorts: number[];
  /** Kubernetes version of a node's programs, or of a registry's images, which are seen to once the machine runs. */
  kubernetesVersion?: string;
  /** Further Kubernetes versions whose images a registry has. */
  olderVersions?: readonly string[];
  /** Ports of the host's loopback address by public port; any that is free where none is given. */
  hostPorts?: Record<string, number>;
}

export interface MachineState {
  /** The container engine's id. */
  id: string;
  running: boolean;
  privateIp: string;
  publicEndpoints: Record<string, string>;
}

type Warn = (message: string) => void;

/**
 * Makes and starts a machine. One that a killed `up` left is gone on with when it is the same, else made anew. Where a host port is
 * somebody else's by now, `warn` hears of it and the machine gets another: an API at another port is better than none.
 * @throws UserError when the name is another's.
 */
export async function createMachine(spec: MachineSpec, warn: Warn = console.warn): Promise<MachineState> {
  const engine = await connectContainerEngine();
  const checksum = specChecksum(spec);
  const left = await find(engine, spec.hostname);
  if (left && left.Config.Labels[environmentLabel] !== spec.environment)
    throw new UserError(
      `the container engine has a container called ${spec.hostname} that is not of environment ${spec.environment}`,
      "rename or remove that container, or give this environment another name",
    );
  if (left?.Config.Labels[specLabel] === checksum) await goOnWith(engine, left, spec);
  else {
    if (left) await removeMachine(left.Id);
    await startNew(engine, spec, checksum, warn);
  }
  const state = await machineState(spec.hostname);
  if (!state?.running) throw new Error(`${spec.hostname} stopped at once; see: ./kpaas logs ${spec.machineName}`);
  return state;
}

/** Gives a checksum of what a machine is made from, without what changes in place. */
function specChecksum({ firewall: _, kubernetesVersion: __, olderVersions: ___, ...spec }: MachineSpec): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex");
}

async function goOnWith(engine: Docker, left: Docker.ContainerInspectInfo, spec: MachineSpec): Promise<void> {
  if (left.State.Running) return setFirewall(spec.hostname, spec.firewall);
  await start(engine, engine.getContainer(left.Id), spec);
}

/**
 * Makes and starts a machine, with other host ports and another address where they are taken: they were free when they were
 * chosen, but only the start tells whether they still are.
 */
async function startNew(engine: Docker, spec: MachineSpec, checksum: string, warn: Warn): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const container = await createContainer(engine, spec, checksum, await hostPortsOf(spec, warn));
    try {
      return await start(engine, container, spec);
    } catch (error) {
      const isTaken = /already (allocated|in use)/i.test((error as Error).message);
      if (!isTaken || attempt === 5) throw error;
      await removeMachine(container.id);
    }
  }
}

async function start(engine: Docker, container: Docker.Container, spec: MachineSpec): Promise<void> {
  await container.putArchive(await seed(spec), { path: "/" });
  if (spec.furtherNetworkId) await joinNetwork(engine, spec.furtherNetworkId, container.id);
  await container.start();
}

/** Joins a container to a further network after its creation, for which engines before API 1.44 take one network only. */
async function joinNetwork(engine: Docker, networkId: string, containerId: string): Promise<void> {
  await engine
    .getNetwork(networkId)
    .connect({ Container: containerId })
    .catch((error: Error) => {
      if (!error.message.includes("already exists in network")) throw error;
    });
}

export async function machineState(hostname: string): Promise<MachineState | undefined> {
  const found = await find(await connectContainerEngine(), hostname);
  if (!found) return undefined;
  const networks = Object.values(found.NetworkSettings.Networks);
  const network = networks.find(({ NetworkID }) => NetworkID === found.HostConfig.NetworkMode) ?? networks[0];
  const bindings = Object.entries((found.HostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>);
  return {
    id: found.Id,
    running: found.State.Running,
    privateIp: network?.IPAMConfig?.IPv4Address ?? network?.IPAddress ?? "",
    publicEndpoints: Object.fromEntries(
      bindings.map(([port, [binding]]) => [port.replace("/tcp", ""), `127.0.0.1:${binding?.HostPort}`]),
    ),
  };
}

export async function startMachine(hostname: string): Promise<void> {
  const engine = await connectContainerEngine();
  await engine
    .getContainer(hostname)
    .start()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 304) throw error; // it runs already
    });
}

/** Puts another ruleset in place, at once and for later boots. */
export async function setFirewall(hostname: string, ruleset: string): Promise<void> {
  const engine = await connectContainerEngine();
  await engine.getContainer(hostname).putArchive(await tarOf({ "etc/nftables.conf": ruleset }), { path: "/" });
  const { exitCode, stderr } = await containerExec(engine, hostname, ["nft", "-f", "/etc/nftables.conf"]);
  if (exitCode !== 0) throw new Error(`${hostname} refused its firewall rules: ${stderr}`);
}

/** Removes a machine, by its container's id or name, and its anonymous volumes. */
export async function removeMachine(id: string): Promise<void> {
  const engine = await connectContainerEngine();
  const container = engine.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (isMissing(error)) return;
    if ((error as { statusCode?: number }).statusCode !== 409) throw error;
    // Another request removes it already.
    await container.wait({ condition: "removed" }).catch((gone) => {
      if (!isMissing(gone)) throw gone;
    });
  }
}

async function find(engine: Docker, hostname: string): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await engine.getContainer(hostname).inspect();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Seconds for a port to become free: the engine may still be letting go of the machine that had it before. */
const releaseSeconds = 5;

/** Gives the host port of each public port: the one that was chosen for it, else one that is free. */
function hostPortsOf(
  { publicPorts, hostPorts = {}, machineName }: MachineSpec,
  warn: Warn,
): Promise<[number, number][]> {
  return Promise.all(
    publicPorts.map(async (port): Promise<[number, number]> => {
      const chosen = hostPorts[port];
      if (chosen !== undefined && (await becomesFree(chosen))) return [port, chosen];
      const other = await freeLoopbackPort();
      if (chosen !== undefined)
        warn(
          `port ${chosen} of this host, at which ${machineName}'s port ${port} was reached, is taken by another process; it is ` +
            `reached at 127.0.0.1:${other} now. Kubeconfigs and clients that name the former port need the new one ` +
            "(./kpaas kubeconfig, ./kpaas status).",
        );
      return [port, other];
    }),
  );
}

async function becomesFree(port: number): Promise<boolean> {
  const deadline = Date.now() + releaseSeconds * 1000;
  while (!(await isFreeLoopbackPort(port))) {
    if (Date.now() > deadline) return false;
    await sleep(200);
  }
  return true;
}

async function createContainer(
  engine: Docker,
  spec: MachineSpec,
  checksum: string,
  ports: [number, number][],
): Promise<Docker.Container> {
  const common = await systemMounts(engine);
  const create = (address: string) =>
    engine.createContainer({
      name: spec.hostname,
      Hostname: spec.hostname,
      Image: spec.image,
      Cmd: ["/machine-init"],
      StopSignal: "SIGRTMIN+3",
      Labels: {
        [environmentLabel]: spec.environment,
        [machineLabel]: spec.machineName,
        [roleLabel]: spec.role,
        [specLabel]: checksum,
      },
      ExposedPorts: Object.fromEntries(ports.map(([port]) => [`${port}/tcp`, {}])),
      HostConfig: {
        ...systemContainer(),
        CpuShares: cpuShares(spec),
        PortBindings: Object.fromEntries(
          ports.map(([port, hostPort]) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: String(hostPort) }]]),
        ),
        Mounts: [...mounts(spec), ...common],
        NetworkMode: spec.networkId,
      },
      NetworkingConfig: { EndpointsConfig: { [spec.networkId]: { IPAMConfig: { IPv4Address: address } } } },
    });
  return spec.privateIp ? create(spec.privateIp) : freeAddress(engine, spec.networkId, create);
}

/**
 * Gives a machine's CPU shares. On a busy host masters and what they wait for go first: they join one after another,
 * workers all at once.
 */
function cpuShares({ role }: MachineSpec): number {
  return role === "worker" ? 1024 : 4096;
}

/** Gives the settings under which systemd and a kubelet work inside a container; each was needed. */
export function systemContainer(): Docker.HostConfig & { CgroupnsMode: string } {
  return {
    CapAdd: ["ALL"],
    CapDrop: hostMissingCapabilities(),
    SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
    MaskedPaths: [],
    ReadonlyPaths: [],
    // The host's cgroup namespace would let systemd change the host's own mounts.
    CgroupnsMode: "private",
    Tmpfs: { "/run": "exec", "/run/lock": "", "/tmp": "exec" },
    Devices: [{ PathOnHost: "/dev/kmsg", PathInContainer: "/dev/kmsg", CgroupPermissions: "rwm" }],
    // Privileged pods ask for every device, which a cgroup can have only where its parents have it.
    DeviceCgroupRules: ["a *:* rwm"],
    Sysctls: { "net.ipv4.ip_forward": "1" },
    RestartPolicy: { Name: "unless-stopped" },
    LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
  };
}

function mounts({ volumes, engineSocket }: MachineSpec): Docker.MountSettings[] {
  const named = Object.entries(volumes).map(
    ([path, volume]): Docker.MountSettings => ({ Type: "volume", Source: volume, Target: path }),
  );
  const socket = (path: string): Docker.MountSettings => ({ Type: "bind", Source: path, Target: path });
  return [...named, ...(engineSocket ? [socket(engineSocket)] : [])];
}

/** Gives the mounts that every machine has. */
export async function systemMounts(engine: Docker): Promise<Docker.MountSettings[]> {
  // containerd's overlays cannot lie on the container's own overlay: an anonymous volume is the container engine's plain disk.
  const scratch = (path: string) => ({ Type: "volume", Source: "", Target: path }) as Docker.MountSettings;
  return [scratch("/var/lib/containerd"), scratch("/var/lib/kubelet"), ...(await kernelModules(engine))];
}

/**
 * Gives the mount of the kernel's modules, for programs that load them; none where the container engine is in a virtual
 * machine, which has a kernel and files of its own.
 */
async function kernelModules(engine: Docker): Promise<Docker.MountSettings[]> {
  const { KernelVersion } = await engine.version();
  if (KernelVersion !== release() || !existsSync("/lib/modules")) return [];
  return [{ Type: "bind", Source: "/lib/modules", Target: "/lib/modules", ReadOnly: true }];
}

/** Packs cloud-init's NoCloud source and the firewall, which are in place before the machine's first instruction. */
function seed(spec: MachineSpec): Promise<Buffer> {
  const { hostname, userData, firewall } = spec;
  const version = createHash("sha256").update(userData).digest("hex").slice(0, 12);
  return tarOf({
    "var/lib/cloud/seed/nocloud/user-data": userData,
    "var/lib/cloud/seed/nocloud/meta-data": `instance-id: ${hostname}-${version}\nlocal-hostname: ${hostname}\n`,
    "etc/nftables.conf": firewall,
    ...(takesPrograms(spec)
      ? { [deliveryMark.slice(1)]: "Each version's programs are put into a folder here.\n" }
      : {}),
  });
}
