import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../lib/errors.ts";
import { cacheDir } from "../toolchain/cache.ts";
import { type HostNetwork, hostNetwork, restoreHostNetwork } from "./container-engine-network.ts";

/** Folder of our own container engine while it runs; its data root is part of the cache. */
const runFolder = "/run/kpaas-engine";
export const ownSocket = `${runFolder}/docker.sock`;
const pidFile = `${runFolder}/dockerd.pid`;
const configFile = `${runFolder}/daemon.json`;
const containerdPidFile = `${runFolder}/exec/containerd/containerd.pid`;
const logFile = `${runFolder}/dockerd.log`;

/** File of the host's network as it was before the container engine; it goes with a reboot, as the engine's changes do. */
const hostNetworkFile = `${runFolder}/host-network.json`;

const dataRoot = () => join(cacheDir(), "engine");
/** Marker in the data root, so that it outlives a reboot: the container engine is ours, and is wanted until it is stopped. */
const ownershipFile = (root: string) => join(root, "kpaas-owned");

export const isOwned = (): boolean => existsSync(ownershipFile(dataRoot()));

/** Starts dockerd, or starts it again after a reboot. @throws UserError when another one runs or it does not come up. */
export async function startOwnContainerEngine(answers: () => Promise<boolean>): Promise<void> {
  const other = runningDockerd();
  if (other && !other.own)
    throw new UserError(
      `dockerd runs already (process ${other.pid}), but does not answer on a socket that is known here`,
      "set DOCKER_HOST to its socket (unix:///...), or stop it; two engines on one machine break each other's network",
    );
  const child = other ? undefined : await spawnDockerd();
  await waitFor(answers, 60, `the container engine, whose log is ${logFile}`, child);
}

/** Ends our dockerd and takes away what it leaves behind: sockets, its bridge, its packet filter rules. */
export async function stopOwnContainerEngine(): Promise<void> {
  const running = runningDockerd();
  if (running?.own) {
    process.kill(running.pid, "SIGTERM");
    await waitFor(async () => !isAlive(running.pid), 60, "the container engine to stop");
  }
  if (existsSync(hostNetworkFile)) await restoreHostNetwork(readJson<HostNetwork>(hostNetworkFile));
  const settings = existsSync(configFile) ? readJson<{ "data-root": string }>(configFile) : undefined;
  rmSync(ownershipFile(settings?.["data-root"] ?? dataRoot()), { force: true });
  rmSync(runFolder, { recursive: true, force: true });
}

async function spawnDockerd(): Promise<ChildProcess> {
  for (const folder of [runFolder, dataRoot()]) mkdirSync(folder, { recursive: true });
  if (!existsSync(hostNetworkFile)) writeFileSync(hostNetworkFile, JSON.stringify(await hostNetwork()));
  writeFileSync(ownershipFile(dataRoot()), "");
  const settings = {
    hosts: [`unix://${ownSocket}`],
    pidfile: pidFile,
    "data-root": dataRoot(),
    "exec-root": join(runFolder, "exec"),
    "deprecated-key-path": join(runFolder, "key.json"),
    "log-level": "warn",
  };
  // A file of its own, because the machine's daemon.json is meant for the machine's container engine.
  writeFileSync(configFile, JSON.stringify(settings));
  for (const file of [pidFile, containerdPidFile]) removeStale(file);
  const log = openSync(logFile, "a");
  // Detached: it must outlive this process, which may be killed at any time.
  const child = spawn("dockerd", ["--config-file", configFile], { detached: true, stdio: ["ignore", log, log] });
  child.unref();
  return child;
}

/** Finds a dockerd on this machine's network; those inside containers have one of their own. */
function runningDockerd(): { pid: number; own: boolean } | undefined {
  const here = readlinkSync("/proc/self/ns/net");
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (!/(^|\/)dockerd$/.test(program) || readlinkSync(`/proc/${pid}/ns/net`) !== here) continue;
      return { pid: Number(pid), own: args.some((arg) => arg.includes(runFolder)) };
    } catch {
      // The process ended while it was looked at, or is another user's.
    }
  }
  return undefined;
}

/**
 * Removes a dead process's pid file: an init that is slow to reap leaves dead ones, which dockerd would take for living
 * ones.
 */
function removeStale(pidFile: string): void {
  if (existsSync(pidFile) && !isAlive(Number(readFileSync(pidFile, "utf8")))) rmSync(pidFile);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function waitFor(
  condition: () => Promise<boolean>,
  seconds: number,
  what: string,
  child?: ChildProcess,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (child?.exitCode != null)
      throw new UserError(`dockerd ended at once; the end of its log:\n${endOf(logFile)}`, "see ./kpaas doctor");
    if (Date.now() > deadline) throw new UserError(`waited ${seconds} s for ${what}`, "see ./kpaas doctor");
    await sleep(50);
  }
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

function endOf(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-10).join("\n");
}
