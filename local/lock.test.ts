import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withLock } from "./lock.ts";

let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "kpaas-lock-"));
  vi.stubEnv("KPAAS_CACHE_DIR", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

test("three at once in one process go one after the other, and leave no file", async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all([withLock("x", work), withLock("x", work), withLock("x", work)]);
  expect(most).toBe(1);
  expect(readdirSync(join(cache, "locks"))).toEqual([]);
});

test("the lock of a process that died is taken over", async () => {
  await withLock("x", async () => undefined);
  writeFileSync(join(cache, "locks", "x.lock"), "4194304999");
  expect(await withLock("x", async () => "done")).toBe("done");
});

test("failed work frees the lock", async () => {
  await expect(withLock("x", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withLock("x", async () => "done")).toBe("done");
});
