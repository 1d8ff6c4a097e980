import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { repository } from "../lib/repository.ts";
import { isNewEnough, policyHostScript, pulumiCommand, unpackRelease } from "./pulumi.ts";

const quiet = () => undefined;
let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "kpaas-pulumi-")));
  vi.stubEnv("KPAAS_CACHE_DIR", join(folder, "cache"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function install(directory: string, name: string, script: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, name), 0o755);
}

test.each([
  ["v3.240.0", true],
  ["v3.300.1\n", true],
  ["3.250.0", true],
  ["v4.0.0", true],
  ["v3.239.9", false],
  ["v3.240.0-alpha.1", false],
  ["not a version", false],
])("a pulumi that says %j is used: %s", (printed, used) => {
  expect(isNewEnough(printed)).toBe(used);
});

test("a new enough pulumi on PATH is used where it is", async () => {
  await install(join(folder, "opt", "bin"), "pulumi", "echo v3.260.1");
  vi.stubEnv("PATH", `${join(folder, "opt", "bin")}:/usr/bin:/bin`);
  expect(await pulumiCommand(quiet)).toEqual({ root: join(folder, "opt"), version: "3.260.1", source: "PATH" });
});

test("a pulumi outside a bin folder gets one that leads to it", async () => {
  await install(join(folder, "tools"), "pulumi", "echo v3.260.1");
  vi.stubEnv("PATH", `${join(folder, "tools")}:/usr/bin:/bin`);
  const { root } = await pulumiCommand(quiet);
  expect(await realpath(join(root, "bin", "pulumi"))).toBe(join(folder, "tools", "pulumi"));
});

test("the policy host starts the repository's pack with the arguments it gets, whatever folder it is in", async () => {
  await install(join(folder, "bin"), "node", `printf '%s\\n' "$@"`);
  const clone = "/home/o'brien/k paas";
  await writeFile(join(folder, "host"), policyHostScript(clone), { mode: 0o755 });
  const { stdout } = spawnSync(join(folder, "host"), ["127.0.0.1:1", "a b"], {
    cwd: "/",
    env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  expect(stdout.trim().split("\n")).toEqual([`${clone}/policy-pack/pack.cjs`, "127.0.0.1:1", "a b"]);
});

test("the policy host names a pack that this repository has", () => {
  const [, pack = ""] = policyHostScript(repository).match(/^exec node '(.+)' /m) ?? [];
  expect(existsSync(pack), pack).toBe(true);
});

test.each(["pulumi", "pulumi/bin"])("a release that holds its programs in %s is unpacked into bin", async (inside) => {
  await install(join(folder, "release", inside), "pulumi", "echo v3.250.0");
  await install(join(folder, "release", inside), "pulumi-language-nodejs", "");
  const archive = join(folder, "release.tar.gz");
  spawnSync("tar", ["-czf", archive, "-C", join(folder, "release"), "pulumi"]);
  const target = join(folder, "target");
  await mkdir(target);
  await unpackRelease(archive, target);
  expect(await readdir(target)).toEqual(["bin"]);
  expect((await readdir(join(target, "bin"))).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
});
