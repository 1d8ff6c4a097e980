import { existsSync, readFileSync } from "node:fs";
import { readdir, statfs } from "node:fs/promises";
import { availableParallelism, freemem, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { formatBytes } from "../../lib/terminal.ts";
import { cacheDir } from "../../toolchain/cache.ts";
import { stateFolder } from "../engine/state.ts";
import type { Examination, Finding } from "./examination.ts";

const GiB = 2 ** 30;
/** Tools, images and the volumes of one small platform. */
export const neededDiskBytes = 12 * GiB;
/** Room for Pulumi's state, its copies and its logs. */
const stateBytes = GiB / 10;
/** Memory of one master, one worker and the four others, with room for a few pods. */
const neededMemoryBytes = 3 * GiB;

export const diskSpace: Examination = () => roomFor(neededDiskBytes);

/** Looks whether there is room for a state, and for as much as is to be cached. */
export async function roomFor(cachedBytes: number): Promise<Finding[]> {
  const findings = await Promise.all([cacheDir(), stateFolder()].map((folder) => freeSpace(folder)));
  const [cache, state] = findings;
  const differ = cache?.bytes !== state?.bytes;
  return findings.slice(0, differ ? 2 : 1).map(({ folder, bytes }, index): Finding => {
    const needed = index === 0 ? Math.max(cachedBytes, stateBytes) : stateBytes;
    const found = `${formatBytes(bytes)} free for ${folder}`;
    if (bytes >= needed) return { name: "disk", level: "ok", found };
    return {
      name: "disk",
      level: "blocks",
      found,
      remedy: `free ${formatBytes(needed - bytes)}, or set ${index === 0 ? "KPAAS_CACHE_DIR" : "KPAAS_STATE_DIR"} to a larger disk`,
    };
  });
}

async function freeSpace(folder: string): Promise<{ folder: string; bytes: number }> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return { folder, bytes: bavail * bsize };
}

export const memory: Examination = async () => {
  const available = availableMemory();
  const found = `${formatBytes(available)} of ${formatBytes(totalmem())} available, ${availableParallelism()} processors`;
  if (available >= neededMemoryBytes) return [{ name: "memory", level: "ok", found }];
  return [
    {
      name: "memory",
      level: "warning",
      found,
      remedy: `up local needs about ${formatBytes(neededMemoryBytes)}: end other programs, or expect it to be slow`,
    },
  ];
};

function availableMemory(): number {
  if (!existsSync("/proc/meminfo")) return freemem();
  const kiB = readFileSync("/proc/meminfo", "utf8").match(/^MemAvailable:\s+(\d+)/m)?.[1];
  return kiB ? Number(kiB) * 1024 : freemem();
}

/** Kernel features that machines on this host need, by the name of their module. */
const features = { overlay: "machines' disks", vxlan: "the pod network", nf_tables: "firewalls" } as const;

export const kernelFeatures: Examination = async () => {
  if (process.platform !== "linux") return [];
  const available = await kernelModules();
  const missing = Object.entries(features).filter(([module]) => !available.has(module));
  const name = "kernel";
  if (missing.length === 0)
    return [{ name, level: "ok", found: `${release()} with ${Object.keys(features).join(", ")}` }];
  const list = missing.map(([module, purpose]) => `${module} (${purpose})`).join(", ");
  return [
    {
      name,
      level: "warning",
      found: `${release()}: no sign of ${list}`,
      remedy: "up local may fail; use a kernel of a general-purpose distribution",
    },
  ];
};

/**
 * Lists modules that are loaded, built in or loadable; a kernel without lists of modules is asked for what it shows elsewhere.
 */
async function kernelModules(): Promise<ReadonlySet<string>> {
  const folder = join("/lib/modules", release());
  const lines = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []);
  const inFiles = ["modules.builtin", "modules.dep"]
    .flatMap((file) => lines(join(folder, file)))
    .flatMap((line) => line.match(/([^/]+)\.ko/)?.[1]?.replaceAll("-", "_") ?? []);
  const loaded = lines("/proc/modules").flatMap((line) => line.split(" ")[0] || []);
  const filesystems = lines("/proc/filesystems").flatMap((line) => line.split("\t")[1] || []);
  const inSys = existsSync("/sys/module") ? await readdir("/sys/module") : [];
  const configured = await builtIn();
  return new Set([...inFiles, ...loaded, ...filesystems, ...inSys, ...configured]);
}

async function builtIn(): Promise<string[]> {
  if (!existsSync("/proc/config.gz")) return [];
  const { gunzipSync } = await import("node:zlib");
  const config = gunzipSync(readFileSync("/proc/config.gz")).toString();
  const options = { CONFIG_OVERLAY_FS: "overlay", CONFIG_VXLAN: "vxlan", CONFIG_NF_TABLES: "nf_tables" };
  return Object.entries(options).flatMap(([option, module]) =>
    new RegExp(`^${option}=[ym]`, "m").test(config) ? [module] : [],
  );
}
