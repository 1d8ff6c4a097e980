import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { providerFolder } from "../harness/provider/test-stack.ts";

const executable = join(providerFolder, "pulumi-resource-kpaas");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-executable-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts a plugin as the Pulumi engine does: in a process group of its own, its standard input held open. */
function start(path: string) {
  const child = spawn(path, ["127.0.0.1:1"], { cwd: folder, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const exit = once(child, "exit");
  return { child, exit };
}

test("it serves from any folder and through links, and ends when the engine that held its input is gone", async () => {
  const link = join(folder, "link");
  await symlink(executable, link);
  const { child, exit } = start(link);
  const [port] = await once(child.stdout, "data");
  expect(Number(String(port))).toBeGreaterThan(0);
  child.stdin.end();
  await exit;
  expect(() => process.kill(child.pid ?? 0, 0)).toThrow("ESRCH");
});

test("it says what to do where the packages are not installed", async () => {
  const copy = join(folder, "pulumi-resource-kpaas");
  await copyFile(executable, copy);
  const { child, exit } = start(copy);
  const [said] = await once(child.stderr, "data");
  expect(String(said)).toMatch(/^the kpaas provider needs its packages: run npm ci in \S+\n$/);
  expect((await exit)[0]).toBe(1);
});
