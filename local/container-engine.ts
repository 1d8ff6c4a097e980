import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { UserError } from "../lib/errors.ts";
import { withLock } from "../lib/lock.ts";
import type { Report } from "../lib/run.ts";
import { installPackages } from "../toolchain/host-packages.ts";
import { environmentLabel } from "./labels.ts";
import { isOwned, ownSocket, startOwnContainerEngine, stopOwnContainerEngine } from "./own-container-engine.ts";

const connected = new Map<string, Docker>();

/**
 * Connects to the container engine in use. One of our own that died, or went with a reboot, is started again.
 * @throws UserError when there is none.
 */
export async function connectContainerEngine(): Promise<Docker> {
  const socket =
    (await findContainerEngine()) ??
    (isOwned()
      ? await withLock("engine", async () => (await findContainerEngine()) ?? (await startOurs()))
      : undefined);
  if (!socket) throw new UserError("no container engine answers", "start Docker or Podman, or run ./kpaas up as root");
  return dockerAt(socket);
}

/** Finds the container engine in use, and installs and starts one where none runs and that is possible. */
export async function ensureContainerEngine(report: Report): Promise<{ host: string; owned: boolean }> {
  const socket =
    (await findContainerEngine()) ??
    (await withLock("engine", async () => (await findContainerEngine()) ?? (await installEngine(report)), report));
  return describe(socket);
}

/** Tells where the container engine in use is. @throws UserError when there is none. */
export async function engineInUse(): Promise<{ host: string; owned: boolean }> {
  await connectContainerEngine();
  return describe((await findContainerEngine()) ?? ownSocket);
}

/** Tells whether any environment has a container or a network on the container engine in use. */
export async function hasEnvironments(): Promise<boolean> {
  const engine = await connectContainerEngine();
  const filters = { label: [environmentLabel] };
  const found = await Promise.all([engine.listContainers({ all: true, filters }), engine.listNetworks({ filters })]);
  return found.flat().length > 0;
}

/** Stops a container engine of our own once nobody has a container or an environment on it. Does nothing to the user's. */
export function stopContainerEngine(report: Report): Promise<void> {
  return withLock("engine", async () => {
    if (await answers(ownSocket)) {
      const engine = dockerAt(ownSocket);
      const containers = await engine.listContainers({ all: true });
      const networks = await engine.listNetworks({ filters: { label: [environmentLabel] } });
      if (containers.length + networks.length > 0) return report("the container engine stays: others use it");
      report("stopping the container engine");
    }
    await stopOwnContainerEngine();
    connected.delete(ownSocket);
  });
}

/**
 * Finds the socket of the container engine that would be used, without starting any.
 * @throws UserError when DOCKER_HOST names none on this machine.
 */
export async function findContainerEngine(): Promise<string | undefined> {
  for (const socket of candidates()) if (await answers(socket)) return socket;
  return undefined;
}

/** Gives the sockets of container engines that this user may not use. */
export function closedSockets(access = accessSync): string[] {
  return candidates().filter((socket) => {
    try {
      access(socket, constants.R_OK | constants.W_OK);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EACCES";
    }
  });
}

/** Tells whether `up` installs or starts an engine where none answers. */
export function installableEngine(): boolean {
  const { DOCKER_HOST: host } = process.env;
  if (host && host !== `unix://${ownSocket}`) return false;
  return isOwned() || (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/etc/debian_version"));
}

/** Gives DOCKER_HOST alone where it is set; else ours before the user's, because environments are on it while it runs. */
function candidates(): string[] {
  const { DOCKER_HOST: host, XDG_RUNTIME_DIR: runtime = `/run/user/${process.getuid?.()}` } = process.env;
  if (host) {
    if (!host.startsWith("unix://"))
      throw new UserError(
        `DOCKER_HOST is ${host}, but local machines need an engine on this machine`,
        "set DOCKER_HOST to unix:///path/of/socket, or unset it",
      );
    return [host.slice("unix://".length)];
  }
  return [
    ownSocket,
    "/var/run/docker.sock",
    join(homedir(), ".docker/run/docker.sock"),
    join(runtime, "docker.sock"),
    "/run/podman/podman.sock",
    join(runtime, "podman/podman.sock"),
  ];
}

const describe = (socket: string) => ({ host: `unix://${socket}`, owned: socket === ownSocket });

async function answers(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  try {
    await dockerAt(socket).ping();
    return true;
  } catch {
    return false;
  }
}

function dockerAt(socketPath: string): Docker {
  const known = connected.get(socketPath);
  if (known) return known;
  const engine = new Docker({ socketPath });
  connected.set(socketPath, engine);
  return engine;
}

async function installEngine(report: Report): Promise<string> {
  const { DOCKER_HOST: host } = process.env;
  if (host && host !== `unix://${ownSocket}`)
    throw new UserError(
      `no container engine answers at DOCKER_HOST (${host})`,
      "start that engine, or unset DOCKER_HOST",
    );
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
    throw new UserError(
      "no container engine answers, and one is installed for you only on Debian or Ubuntu as root",
      "install and start Docker (https://docs.docker.com/engine/install) or Podman, then run the same command again",
    );
  report("no container engine runs on this machine: installing and starting Docker for this platform");
  await installPackages(["docker.io", "iptables"], "/usr/sbin/dockerd", report);
  // Where systemd is the init system, installing the package may have started the machine's own container engine.
  return (await findContainerEngine()) ?? (await startOurs());
}

async function startOurs(): Promise<string> {
  await startOwnContainerEngine(() => answers(ownSocket));
  return ownSocket;
}
