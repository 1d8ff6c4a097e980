import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UserError } from "../../lib/errors.ts";
import { clearStaleLocks, isStale, type Lock, lockInForeignBackend } from "./stale-lock.ts";
import { lockFolder } from "./state.ts";

const lock = (changes: Partial<Lock> = {}): Lock => ({
  pid: 100,
  username: "someone",
  hostname: "here",
  timestamp: "2026-01-01T10:00:00Z",
  ...changes,
});

const lockedAt = Date.parse(lock().timestamp);
const processes = (startedAt: number | undefined) => ({ hostname: "here", startedAt: () => startedAt });

test("a lock is stale once its process is gone", () => {
  expect(isStale(lock(), processes(undefined))).toBe(true);
  expect(isStale(lock(), processes(lockedAt - 1000))).toBe(false);
});

test("a lock is stale when its process id was given to a younger process", () => {
  expect(isStale(lock(), processes(lockedAt + 3_600_000))).toBe(true);
});

test("a process whose age is unknown is taken for the lock's own", () => {
  expect(isStale(lock(), processes(0))).toBe(false);
});

test("another host's locks are never stale", () => {
  expect(isStale(lock({ hostname: "elsewhere" }), processes(undefined))).toBe(false);
});

test("the engine's words for a lock elsewhere become ours, and no other words do", () => {
  const words =
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
    "  s3://bucket/.pulumi/locks/x.json: created by runner@build-7 (pid 42) at 2026-11-21T15:00:00Z";
  expect(lockInForeignBackend(words, "dev")?.message).toBe(
    "dev is being changed by process 42 of runner on build-7, since 2026-11-21T15:00:00Z",
  );
  expect(lockInForeignBackend("error: no such bucket", "dev")).toBeUndefined();
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-lock-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  mkdirSync(lockFolder("dev"), { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const writeLock = (file: string, contents: string) => {
  for (const name of [file, `${file}.attrs`]) writeFileSync(join(lockFolder("dev"), name), contents);
};

test("what a dead process left is removed, also a lock that was cut off while it was written", () => {
  writeLock("a.json", JSON.stringify(lock({ hostname: hostname(), pid: 2 ** 22 + 1 })));
  writeLock("b.json", '{"pid":');
  expect(clearStaleLocks("dev")).toBe(2);
  expect(readdirSync(lockFolder("dev"))).toEqual([]);
});

test("a living process's lock stays and is named", () => {
  writeLock("a.json", JSON.stringify(lock({ hostname: hostname(), pid: process.pid, timestamp: new Date().toJSON() })));
  expect(() => clearStaleLocks("dev")).toThrow(UserError);
  expect(() => clearStaleLocks("dev")).toThrow(`process ${process.pid}`);
  expect(existsSync(join(lockFolder("dev"), "a.json"))).toBe(true);
});

test("nothing to clear is fine", () => {
  expect(clearStaleLocks("never-up")).toBe(0);
});
