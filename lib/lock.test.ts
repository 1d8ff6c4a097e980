import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { withLock } from "../lib/lock.ts";

const name = `test-${process.pid}`;

test("three at once in one process go one after the other", async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all([withLock(name, work), withLock(name, work), withLock(name, work)]);
  expect(most).toBe(1);
});

test.runIf(process.platform === "linux")(
  "a holder in another process is waited for, and its death frees the lock",
  async () => {
    const holder = spawn(process.execPath, [
      "-e",
      `require("net").createServer().listen("\\0kpaas-${name}", () => console.log("held")); setInterval(() => {}, 1000)`,
    ]);
    await once(holder.stdout, "data");
    let entered = false;
    const waiting = withLock(name, async () => {
      entered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(entered).toBe(false);
    holder.kill("SIGKILL");
    await waiting;
    expect(entered).toBe(true);
  },
);

test("failed work frees the lock", async () => {
  await expect(withLock(name, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withLock(name, async () => "done")).toBe("done");
});
