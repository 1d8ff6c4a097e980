import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { engineWords } from "./shortcuts.ts";
import { lockFolder } from "./state.ts";

/** A lock as Pulumi's file backend writes it. */
export interface Lock {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

export interface ProcessTable {
  hostname: string;
  /** Gives the process's start in ms since the epoch; 0 where that cannot be told; undefined where there is no such process. */
  startedAt(pid: number): number | undefined;
}

/** Tells whether a lock's process is gone from this host, or its process id went to a process that is younger than the lock. */
export function isStale(lock: Lock, processes: ProcessTable): boolean {
  if (lock.hostname !== processes.hostname) return false;
  const startedAt = processes.startedAt(lock.pid);
  return startedAt === undefined || startedAt > Date.parse(lock.timestamp) + clockSlackMs;
}

const clockSlackMs = 5000;

/** Removes locks that killed processes left; gives how many. Throws UserError where a living process holds one. */
export function clearStaleLocks(environment: string, processes = hostProcesses): number {
  const folder = lockFolder(environment);
  if (!existsSync(folder)) return 0;
  const locks = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ path: join(folder, file), lock: readLock(join(folder, file)) }));
  for (const { path, lock } of locks) {
    if (lock && !isStale(lock, processes)) throw heldBy(lock, environment, processes);
    for (const file of [path, `${path}.attrs`]) rmSync(file, { force: true });
  }
  return locks.length;
}

/** Reads a lock; undefined for one that was cut off while it was written. */
function readLock(path: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function heldBy(lock: Lock, environment: string, processes: ProcessTable): UserError {
  const where = lock.hostname === processes.hostname ? "" : ` on ${lock.hostname}`;
  return new UserError(
    `${environment} is being changed by process ${lock.pid}${where}, since ${lock.timestamp}`,
    where ? `wait for it; ${ifDead(environment)}` : "wait for it to end, then run the same command again",
  );
}

/**
 * Turns the engine's error for another run's lock in a backend of the user's choice into one of ours. Undefined for any other.
 */
export function lockInForeignBackend(message: string, environment: string): UserError | undefined {
  const holder = engineWords.lockHolder(message);
  return (
    holder &&
    new UserError(
      `${environment} is being changed by process ${holder.pid} of ${holder.user} on ${holder.host}, since ${holder.since}`,
      `wait for it; ${ifDead(environment)}`,
    )
  );
}

const ifDead = (environment: string): string =>
  `if it is certain that it is dead: eval "$(./kpaas env ${environment})" && pulumi cancel -s ${environment}`;

const hostProcesses: ProcessTable = { hostname: hostname(), startedAt };

function startedAt(pid: number): number | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name, in parentheses, may hold blanks; state and start time are the 3rd and 22nd field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const uptimeSeconds = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    return Date.now() - uptimeSeconds * 1000 + (Number(fields[19]) / ticksPerSecond) * 1000;
  } catch {
    return 0;
  }
}

/** USER_HZ, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;
