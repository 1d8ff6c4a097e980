import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Folder with upstream's files in place of the Internet: `curl` takes files by the last part of their address. */
let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);
const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

const cli = "#!/bin/bash\necho a pinned bosh\n";
const manifest = "name: cf\n";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-jumphost-"));
  for (const name of ["work", "run", "bin", "internet"]) mkdirSync(path(name));
  write("internet/bosh-cli", cli);
  archive("cf-deployment", { "cf-deployment.yml": manifest });
  write("secrets/bosh/cli", `https://example.com/bosh-cli ${sha256(cli)}\n`);
  write("secrets/bosh/upstream", "cf-deployment https://example.com/cf-deployment.tar.gz\n");
  write("secrets/bosh/upstream.sha256", `${sha256(manifest)}  cf-deployment/cf-deployment.yml\n`);
  write("secrets/bosh/files/cf/vars.yml", "system_domain: cf.example.com\n");
  program(
    "curl",
    `file="${path("internet")}/\${!#/*\\//}"; echo "\${!#}" >>"${path("downloads")}"; cp "$file" "\${@: -2:1}"`,
  );
  program("kpaas-bosh", `echo "$*" >>"${path("bosh-commands")}"`);
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string) {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), content);
}

function program(name: string, script: string) {
  write(`bin/${name}`, `#!/bin/bash\n${script}\n`);
  chmodSync(path("bin", name), 0o755);
}

/** Packs files as GitHub packs a repository: in a folder of its name and version. */
function archive(name: string, files: Record<string, string>) {
  const inside = `packed/${name}-1.0`;
  for (const [file, content] of Object.entries(files)) write(`${inside}/${file}`, content);
  const packed = spawnSync("tar", ["-czf", path("internet", `${name}.tar.gz`), "-C", path("packed"), `${name}-1.0`]);
  if (packed.status !== 0) throw new Error(String(packed.stderr));
}

/** Runs the role's own script after stand-ins for what every machine's begins with. */
function run() {
  for (const name of ["downloads", "bosh-commands"]) rmSync(path(name), { force: true });
  const script = [
    "set -Eeuo pipefail",
    `secrets=${path("secrets")} run=${path("run")} KPAAS_DATA_PATH=${path("work")} KPAAS_BOSH_PROGRAM=${path("bosh")}`,
    "prepare() { :; }; await_secrets() { :; }; phase() { :; }; finish() { echo done; }",
    readFileSync(join(import.meta.dirname, "scripts", "jumphost.sh"), "utf8"),
  ].join("\n");
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    env: { PATH: `${path("bin")}:${process.env.PATH}` },
  });
  const lines = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8").trim().split("\n") : []);
  return { status, stdout, stderr, downloads: lines("downloads"), begun: lines("bosh-commands") };
}

test("installs the command, fetches the manifests, puts the files in place, then starts bosh", () => {
  expect(run()).toMatchObject({ status: 0, stdout: "done\n" });
  expect(readFileSync(path("bosh"), "utf8")).toBe(cli);
  expect(readFileSync(path("work/cf-deployment/cf-deployment.yml"), "utf8")).toBe(manifest);
  expect(readFileSync(path("work/cf/vars.yml"), "utf8")).toBe("system_domain: cf.example.com\n");
});

test("downloads nothing again, but starts bosh with what was delivered since", () => {
  run();
  write("secrets/bosh/files/cf/vars.yml", "system_domain: other.example.com\n");
  const { downloads, begun } = run();
  expect(downloads).toEqual([]);
  expect(begun).toEqual(["retry"]);
  expect(readFileSync(path("work/cf/vars.yml"), "utf8")).toContain("other");
});

test("another version is fetched in place of the one there was", () => {
  run();
  archive("new", { "cf-deployment.yml": "name: newer\n" });
  write("secrets/bosh/upstream", "cf-deployment https://example.com/new.tar.gz\n");
  write("secrets/bosh/upstream.sha256", `${sha256("name: newer\n")}  cf-deployment/cf-deployment.yml\n`);
  expect(run().downloads).toEqual(["https://example.com/new.tar.gz"]);
  expect(readFileSync(path("work/cf-deployment/cf-deployment.yml"), "utf8")).toBe("name: newer\n");
});

test("a command that is not the pinned one is not installed, and bosh is not started", () => {
  write("internet/bosh-cli", "something else");
  const { status, stderr, begun } = run();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/^https:\/\/example\.com\/bosh-cli is not the bosh that is pinned/m);
  expect(stderr).toContain("at once: systemctl restart kpaas-first-boot");
  expect(existsSync(path("bosh"))).toBe(false);
  expect(begun).toEqual([]);
});

test("manifests that are not the pinned ones are not used, and fetched again", () => {
  archive("cf-deployment", { "cf-deployment.yml": "name: other\n" });
  const failed = run();
  expect(failed.status).not.toBe(0);
  expect(failed.stderr).toMatch(
    /not those that are pinned: https:\/\/example\.com\/cf-deployment\.tar\.gz\. Once that/,
  );
  expect(failed.begun).toEqual([]);
  archive("cf-deployment", { "cf-deployment.yml": manifest });
  expect(run()).toMatchObject({ status: 0, downloads: ["https://example.com/cf-deployment.tar.gz"] });
});

test("what cannot be downloaded is said by its address", () => {
  rmSync(path("internet/cf-deployment.tar.gz"));
  expect(run()).toMatchObject({
    stderr: expect.stringContaining("cannot download https://example.com/cf-deployment.tar.gz. Once that is mended"),
  });
});
