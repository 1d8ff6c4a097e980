import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/run.ts";
import { isUsable, sealAs, unseal } from "./cache-seal.ts";

/**
 * Gives the cache's folder: `$KPAAS_CACHE_DIR`, else `$XDG_CACHE_HOME/kpaas`, else `~/.cache/kpaas`. Safe to delete
 * while nothing runs.
 */
export function cacheDir(): string {
  return process.env.KPAAS_CACHE_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "kpaas");
}

export interface CacheKeyParts {
  name: string;
  version: string;
  /** `linux-amd64`, or `any`. */
  platform: string;
  /** Everything else that decides the content: flags, checksums, the making code's own text. */
  recipe: readonly string[];
}

/** Gives a folder name that changes with anything that could change the folder's content. */
export function cacheKey({ name, version, platform, recipe }: CacheKeyParts): string {
  const checksum = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
  return `${name}-${version}-${platform}-${checksum}`;
}

/** Gives the cached folder if it is there and may be used: folders only ever appear complete. */
export function lookup(key: string): string | undefined {
  const directory = join(cacheDir(), key);
  if (!isUsable(directory)) return undefined;
  for (const keys of recordings) keys.add(key);
  return directory;
}

const recordings = new Set<Set<string>>();

/** Does work, and tells the keys of all folders of the cache that were given meanwhile, in the order of their first use. */
export async function recordKeys<T>(work: () => Promise<T>): Promise<{ result: T; keys: string[] }> {
  const keys = new Set<string>();
  recordings.add(keys);
  try {
    return { result: await work(), keys: [...keys] };
  } finally {
    recordings.delete(keys);
  }
}

const reportEverySeconds = 10;
const running = new Map<string, Promise<string>>();

/**
 * Gives the folder of `key`, made by `build` unless it is there. `build` fills a folder of its own, which takes its
 * final name in one step. Of several processes one builds and the others wait; a builder that died is replaced; a
 * failed build leaves nothing.
 */
export function cached(
  key: string,
  build: (directory: string, report: Report) => Promise<void>,
  report: Report,
): Promise<string> {
  const final = join(cacheDir(), key);
  const inProgress = running.get(final);
  if (inProgress) return inProgress;
  const result = buildOnce(key, final, build, report)
    .then((directory) => {
      for (const keys of recordings) keys.add(key);
      return directory;
    })
    .finally(() => running.delete(final));
  running.set(final, result);
  return result;
}

async function buildOnce(
  key: string,
  final: string,
  build: (directory: string, report: Report) => Promise<void>,
  report: Report,
): Promise<string> {
  if (isUsable(final)) return final;
  const claim = await claimBuild(key, final, report);
  if (!claim) return final;
  try {
    if (existsSync(final)) {
      report(`${key} is in the cache without the seal of KPAAS_CACHE_KEY: it is made anew`);
      unseal(final);
      await remove(final);
    }
    await build(claim, report);
    sealAs(final, claim);
    await rename(claim, final);
  } catch (error) {
    await remove(claim);
    // Someone with another view of this cache's processes (a container, say) may have been first: theirs is as good.
    if (!(isCode(error, "ENOTEMPTY") || isCode(error, "EEXIST")) || !isUsable(final)) throw error;
  }
  return final;
}

/**
 * Claims a build; undefined where another has made the folder meanwhile. A claim is the folder the build goes into; its
 * name says who builds. Names are never used twice, so removing a dead process's claim cannot hit a living one. Whoever
 * sees another living claim after making its own steps back: of any two claims at least one is seen by the other's
 * maker, so two builders at once cannot be.
 */
async function claimBuild(key: string, final: string, report: Report): Promise<string | undefined> {
  const claims = join(cacheDir(), ".building");
  await mkdir(claims, { recursive: true });
  const claim = `${key}~${process.pid}~${await startTime(process.pid)}~${randomBytes(4).toString("hex")}`;
  const mine = join(claims, claim);
  const startedAt = Date.now();
  let reportAt = startedAt;
  for (;;) {
    if (!(await othersBuild(claims, key, claim))) {
      await mkdir(mine);
      if (!(await othersBuild(claims, key, claim))) {
        if (!isUsable(final)) return mine;
        await remove(mine);
        return undefined;
      }
      await remove(mine);
    } else if (Date.now() >= reportAt) {
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      report(`waiting for another kpaas that builds ${key}${seconds ? `: ${seconds} s` : ""}`);
      reportAt = Date.now() + reportEverySeconds * 1000;
    }
    // At random, so that two that stepped back for each other do not meet again.
    await sleep(150 + Math.random() * 150);
    if (isUsable(final)) return undefined;
  }
}

/**
 * Tells whether a living process other than `claim`'s holder builds `key`. Removes what dead processes left, whatever
 * its key.
 */
async function othersBuild(claims: string, key: string, claim: string): Promise<boolean> {
  let others = false;
  for (const name of await readdir(claims)) {
    if (name === claim) continue;
    const [claimedKey, pid, start] = name.split("~");
    if (!(await isAlive(Number(pid), start ?? ""))) await remove(join(claims, name));
    else if (claimedKey === key) others = true;
  }
  return others;
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isCode(error, "EPERM")) return false;
  }
  return (await startTime(pid)) === start;
}

/**
 * Gives the start time of a process, which tells it from a later one with the same number; the same for all processes
 * where there is no /proc.
 */
async function startTime(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name, in parentheses, may hold spaces; the start time is the 22nd field, the 20th after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
