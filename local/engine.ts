import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { UserError } from "../config/errors.ts";
import { cacheDir } from "../toolchain/cache.ts";
import { installPackages } from "./debian.ts";
import { removeEngineNetwork } from "./engine-network.ts";
import { environmentLabel } from "./labels.ts";
import { withLock } from "./lock.ts";

type Report = (message: string) => void;

/** Where an engine of our own lives; its data is a cache, the rest goes when it stops. */
const runFolder = "/run/kpaas-engine";
const ownSocket = `${runFolder}/docker.sock`;
const pidFile = `${runFolder}/dockerd.pid`;
const dataFolder = () => join(cacheDir(), "engine");

const connected = new Map<string, Docker>();

/** The engine in use: the user's own if one answers, else ours. @throws UserError when none runs. */
export async function connectEngine(): Promise<Docker> {
  const socket = await findEngine();
  if (!socket) throw new UserError("no container engine answers", "start Docker or Podman, or run ./kpaas up as root");
  return dockerAt(socket);
}

/** Like `connectEngine`, but installs and starts an engine where none runs and that is possible. */
export async function ensureEngine(report: Report): Promise<{ host: string; owned: boolean }> {
  const socket =
    (await findEngine()) ?? (await withLock("engine", async () => (await findEngine()) ?? (await startEngine(report))));
  return { host: `unix://${socket}`, owned: socket === ownSocket };
}

/** Stops an engine of our own once no environment has anything on it. Does nothing to the user's. */
export function stopEngine(report: Report): Promise<void> {
  return withLock("engine", async () => {
    if (!(await answers(ownSocket))) return;
    const docker = dockerAt(ownSocket);
    const filters = { label: [environmentLabel] };
    const containers = await docker.listContainers({ all: true, filters });
    const networks = await docker.listNetworks({ filters });
    if (containers.length + networks.length > 0) return report("the container engine stays: other environments use it");
    report("stopping the container engine");
    const pid = Number(readFileSync(pidFile, "utf8"));
    process.kill(pid, "SIGTERM");
    await waitFor(() => !existsSync(`/proc/${pid}`), 30, "the container engine to stop");
    connected.delete(ownSocket);
    rmSync(runFolder, { recursive: true, force: true });
    await removeEngineNetwork();
  });
}

/** Which engine would be used, without starting any. */
export async function findEngine(): Promise<string | undefined> {
  for (const socket of candidates()) if (await answers(socket)) return socket;
  return undefined;
}

function candidates(): string[] {
  const fromEnvironment = process.env.DOCKER_HOST?.replace(/^unix:\/\//, "");
  const runtime = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.()}`;
  const known = [
    "/var/run/docker.sock",
    join(homedir(), ".docker/run/docker.sock"),
    join(runtime, "docker.sock"),
    "/run/podman/podman.sock",
    join(runtime, "podman/podman.sock"),
  ];
  return [...(fromEnvironment ? [fromEnvironment] : known), ownSocket];
}

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
  const docker = new Docker({ socketPath });
  connected.set(socketPath, docker);
  return docker;
}

async function startEngine(report: Report): Promise<string> {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
    throw new UserError(
      "no container engine answers, and one is installed for you only on Debian or Ubuntu as root",
      "install and start Docker (https://docs.docker.com/engine/install) or Podman, then run the same command again",
    );
  report("no container engine runs on this machine: installing and starting Docker for this platform");
  await installPackages(["docker.io", "iptables"], "/usr/sbin/dockerd", report);
  mkdirSync(runFolder, { recursive: true });
  mkdirSync(dataFolder(), { recursive: true });
  const log = openSync(join(runFolder, "dockerd.log"), "a");
  // Detached: it must outlive this process, which may be killed at any time.
  const child = spawn(
    "dockerd",
    [
      ...["--host", `unix://${ownSocket}`, "--pidfile", pidFile],
      ...["--data-root", dataFolder(), "--exec-root", join(runFolder, "exec")],
    ],
    { detached: true, stdio: ["ignore", log, log] },
  );
  child.unref();
  await waitFor(() => answers(ownSocket), 60, `the container engine (its log: ${join(runFolder, "dockerd.log")})`);
  return ownSocket;
}

async function waitFor(condition: () => boolean | Promise<boolean>, seconds: number, what: string): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new UserError(`waited ${seconds} s for ${what}`);
    await sleep(100);
  }
}
