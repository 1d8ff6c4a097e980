import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const canStartEngines =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  existsSync("/usr/sbin/dockerd") &&
  spawnSync("unshare", ["-n", "-m", "true"]).status === 0;
const life = fileURLToPath(new URL("./local-engine-life.ts", import.meta.url));
const repository = fileURLToPath(new URL("../..", import.meta.url));

let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "kpaas-engine-"));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

test.runIf(canStartEngines)(
  "an engine of our own: started once, mended, kept for others, stopped without a trace even after killed image builds",
  () => {
    const { DOCKER_HOST: _, ...env } = process.env;
    // A network and a /run of its own, because a container engine may run on this machine already.
    const script = 'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$0" --import tsx "$1"';
    const output = execFileSync("unshare", ["-n", "-m", "sh", "-c", script, process.execPath, life], {
      cwd: repository,
      env: { ...env, KPAAS_CACHE_DIR: cache },
      encoding: "utf8",
      timeout: 120_000,
    });
    const own = { host: "unix:///run/kpaas-engine/docker.sock", owned: true };
    const { reports, ...seen } = JSON.parse(output);
    // The second says that it waits, if the first is slow.
    expect({ ...seen, reports: reports.filter((line: string) => !line.startsWith("waiting for ")) }).toEqual({
      before: "no container engine answers",
      started: [own, own],
      storageDriver: "overlay2",
      hadRules: true,
      staysForOthers: true,
      afterKill: true,
      afterReboot: true,
      leftBuilds: 2,
      after: "no container engine answers",
      left: { run: [], interfaces: ["lo"], rules: false },
      reports: [
        "no container engine runs on this machine: installing and starting Docker for this platform",
        "the container engine stays: others use it",
        "stopping the container engine",
      ],
    });
  },
);
