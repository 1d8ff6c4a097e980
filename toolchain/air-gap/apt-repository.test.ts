import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aptIndex, packageStanza } from "./apt-repository.ts";
import { detachedSignature, type OpenPgpKey, publicKeyBlock } from "./openpgp.ts";

let root: string;
const at = (...names: string[]) => join(root, ...names);
const key = (): OpenPgpKey => ({
  privateKey: generateKeyPairSync("ed25519").privateKey,
  madeAt: new Date("2026-11-01T00:00:00Z"),
  userId: "kpaas bundle <kpaas@localhost>",
});
const signedAt = new Date("2026-11-02T00:00:00Z");
const control = "Package: hello\nVersion: 1:2.10-3\nArchitecture: amd64\nDescription: says hello\n to the world";
const stanza = packageStanza(control, { path: "pool/hello_2.10-3_amd64.deb", sizeBytes: 7, sha256: "a".repeat(64) });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-apt-"));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Record<string, Buffer | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), content);
  }
}

test("a repository has an index of its packages, and a release that states the index's checksums", () => {
  const files = aptIndex("bookworm", "amd64", [stanza, stanza], signedAt, key());
  const packages = String(files["dists/bookworm/main/binary-amd64/Packages"]);
  expect(packages).toBe(`${stanza}\n${stanza}`);
  expect(String(gunzipSync(files["dists/bookworm/main/binary-amd64/Packages.gz"] as Buffer))).toBe(packages);
  const release = String(files["dists/bookworm/Release"]);
  expect(release).toContain(`Date: Mon, 02 Nov 2026 00:00:00 UTC\n`);
  expect(release).toMatch(new RegExp(`^ [0-9a-f]{64} ${packages.length} main/binary-amd64/Packages$`, "m"));
});

test.runIf(existsSync("/usr/bin/gpgv"))(
  "GnuPG finds the signature good, and that of a changed release bad",
  async () => {
    // Keys whose numbers begin with zeros have another length: a few are tried.
    for (let round = 0; round < 20; round++) {
      const one = key();
      const block = publicKeyBlock(one);
      const body = block.split("\n").slice(2, -3).join("");
      await write({ "key.pgp": Buffer.from(body, "base64"), document: "a release\n" });
      await write({ "document.asc": detachedSignature(one, Buffer.from("a release\n"), signedAt) });
      const check = () =>
        spawnSync("gpgv", ["--homedir", root, "--keyring", at("key.pgp"), at("document.asc"), at("document")], {
          encoding: "utf8",
        });
      expect(check().stderr).toContain('Good signature from "kpaas bundle <kpaas@localhost>"');
      await write({ document: "another release\n" });
      expect(check().status).not.toBe(0);
    }
  },
);

test.runIf(existsSync("/usr/bin/apt-get"))(
  "apt takes the repository by its key, and refuses it by another",
  async () => {
    const [right, wrong] = [key(), key()];
    await write(aptIndex("bookworm", "amd64", [stanza], signedAt, right));
    await write({ "wrong.asc": publicKeyBlock(wrong), "etc/status": "" });
    await mkdir(at("lists/partial"), { recursive: true });
    await mkdir(at("cache/archives/partial"), { recursive: true });
    const options = [
      ...[
        `Dir::Etc::sourcelist=${at("etc/list")}`,
        "Dir::Etc::sourceparts=-",
        `Dir::State::status=${at("etc/status")}`,
      ],
      ...[`Dir::State::lists=${at("lists")}`, `Dir::Cache=${at("cache")}`, "APT::Architecture=amd64"],
      ...["APT::Sandbox::User=", "Debug::NoLocking=1"],
    ].flatMap((option) => ["-o", option]);
    const update = async (keyFile: string) => {
      await write({ "etc/list": `deb [signed-by=${at(keyFile)}] file://${root} bookworm main\n` });
      return spawnSync("apt-get", [...options, "update"], { encoding: "utf8" });
    };
    const refused = await update("wrong.asc");
    expect(refused.stdout + refused.stderr).toMatch(/NO_PUBKEY|not signed|couldn't be verified/);
    const taken = await update("kpaas.asc");
    expect(`${taken.status} ${taken.stderr}`).toBe("0 ");
    expect(execFileSync("apt-cache", [...options, "show", "hello"], { encoding: "utf8" })).toContain(
      "Filename: pool/hello_2.10-3_amd64.deb",
    );
  },
);
