import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Report } from "../lib/run.ts";

/**
 * Kernel limits that a platform's machines share with everything else of the same user on this host. systemd, kubelet and
 * containerd each watch files; with the usual 128 instances a platform of about twenty machines fails with "too many open files".
 */
const wanted: Record<string, number> = {
  "fs/inotify/max_user_instances": 8192,
  "fs/inotify/max_user_watches": 1_048_576,
};

/** File of the limits as they were; it goes with a reboot, as the raised limits do. */
const formerFile = "/run/kpaas-host-limits.json";

/** Gives the limits that are lower than wanted, by sysctl path. */
export function lowHostLimits(read: (path: string) => number = readLimit): Record<string, number> {
  return Object.fromEntries(
    Object.entries(wanted)
      .map(([path, least]) => [path, read(path), least] as const)
      .filter(([, now, least]) => now < least)
      .map(([path, now]) => [path, now]),
  );
}

/** Raises low limits where this process may; else says which command does. */
export function raiseHostLimits(report: Report): void {
  const low = lowHostLimits();
  if (Object.keys(low).length === 0) return;
  if (process.getuid?.() !== 0) {
    const settings = Object.keys(low).map((path) => `${path.replaceAll("/", ".")}=${wanted[path]}`);
    report(`large platforms may run out of file watches; as root: sysctl -w ${settings.join(" ")}`);
    return;
  }
  if (!existsSync(formerFile)) writeFileSync(formerFile, JSON.stringify(low));
  for (const path of Object.keys(low)) {
    report(
      `raising ${path.replaceAll("/", ".")} from ${low[path]} to ${wanted[path]} until the last environment is destroyed`,
    );
    writeFileSync(`/proc/sys/${path}`, String(wanted[path]));
  }
}

/** Gives back the limits that `raiseHostLimits` found. */
export function restoreHostLimits(): void {
  if (!existsSync(formerFile)) return;
  const former: Record<string, number> = JSON.parse(readFileSync(formerFile, "utf8"));
  for (const [path, value] of Object.entries(former)) writeFileSync(`/proc/sys/${path}`, String(value));
  rmSync(formerFile);
}

function readLimit(path: string): number {
  try {
    return Number(readFileSync(`/proc/sys/${path}`, "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY; // not Linux: the container engine's machine has its own limits
  }
}
