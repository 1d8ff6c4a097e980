import { accessSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { closedSockets, installableEngine } from "./container-engine.ts";

afterEach(() => void vi.unstubAllEnvs());

test("a socket that is closed to this user is told from one that is not there", () => {
  vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
  expect(closedSockets()).toEqual([]);
  vi.stubEnv("DOCKER_HOST", "");
  const closed: typeof accessSync = (path, mode) => {
    if (path === "/var/run/docker.sock") throw Object.assign(new Error("no"), { code: "EACCES" });
    accessSync(path, mode);
  };
  expect(closedSockets(closed)).toContain("/var/run/docker.sock");
});

test("an engine is never installed where DOCKER_HOST names another, nor by a user without rights", () => {
  vi.stubEnv("KPAAS_CACHE_DIR", "/nowhere");
  vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
  expect(installableEngine()).toBe(false);
  vi.stubEnv("DOCKER_HOST", "");
  const user = vi.spyOn(process, "getuid").mockReturnValue(1000);
  expect(installableEngine()).toBe(false);
  user.mockRestore();
});
