import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { repository } from "../lib/repository.ts";
import { tarOf } from "../lib/tar.ts";
import manifest from "../package.json" with { type: "json" };
import { npmEnvironment } from "./npm.ts";
import { installLocked, installOptional, lockWith } from "./optional-packages.ts";
import { type PackageLock, pathsOf } from "./package-tree.ts";

test("what is there already is not installed again", async () => {
  const reports: string[] = [];
  await installOptional(["@biomejs/biome"], (message) => reports.push(message));
  expect(reports).toEqual([]);
});

test("only packages with a pinned version are installed", async () => {
  await expect(installOptional(["left-pad"], () => {})).rejects.toThrow(/left-pad is not among the peerDependencies/);
});

const names = Object.keys(manifest.peerDependencies);

test("every optional package and all that it needs is in a lock, with its digest and nobody's registry: npm run optional-lock", async () => {
  const lock = await lockWith(names);
  for (const name of names)
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(
      manifest.peerDependencies[name as keyof typeof manifest.peerDependencies],
    );
  for (const path of pathsOf(lock, names)) {
    expect(lock.packages[path]?.integrity, path).toMatch(/^sha512-/);
    expect(lock.packages[path], path).toMatchObject({ dev: false });
  }
  expect(readFileSync(join(repository, "toolchain/optional-packages-lock.json"), "utf8")).not.toContain('"resolved"');
});

test("npm sees its own settings and none of the secrets of the run", () => {
  const given = {
    PATH: "/usr/bin",
    HOME: "/root",
    HTTPS_PROXY: "http://proxy.example:3128",
    npm_config_registry: "https://npm.example",
    PULUMI_CONFIG_PASSPHRASE: "secret",
    AWS_SECRET_ACCESS_KEY: "secret",
    OS_PASSWORD: "secret",
    KPAAS_CACHE_KEY: "secret",
    GITHUB_TOKEN: "secret",
    PGPASSWORD: "secret",
  };
  expect(Object.keys(npmEnvironment(given))).toEqual(["PATH", "HOME", "HTTPS_PROXY", "npm_config_registry"]);
});

describe("a cloud's SDK", () => {
  let root: string;
  let server: Server;
  /** The package as the registry serves it, whose own word for its digest is always right. */
  let served: Buffer;

  /** Gives an SDK's tarball, whose script would tell that it ran. */
  async function tarball(code: string): Promise<Buffer> {
    const file = JSON.stringify({
      name: "@cloud/sdk",
      version: "1.2.3",
      bin: { sdk: "index.js" },
      scripts: { install: `touch ${join(root, "script-ran")}` },
    });
    return gzipSync(await tarOf({ "package/package.json": file, "package/index.js": code }));
  }

  const integrityOf = (file: Buffer) => `sha512-${createHash("sha512").update(file).digest("base64")}`;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "kpaas-optional-"));
    mkdirSync(join(root, "node_modules"));
    vi.stubEnv("npm_config_cache", join(root, "cache"));
    server = createServer((request, answer) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      if (request.url?.endsWith(".tgz")) return answer.end(served);
      const dist = { tarball: `${url}/sdk.tgz`, integrity: integrityOf(served) };
      const version = { name: "@cloud/sdk", version: "1.2.3", dist };
      return answer.end(
        JSON.stringify({ name: "@cloud/sdk", "dist-tags": { latest: "1.2.3" }, versions: { "1.2.3": version } }),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    vi.stubEnv("npm_config_registry", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    server.close();
    rmSync(root, { recursive: true });
  });

  const lockOf = (file: Buffer): PackageLock => ({
    packages: {
      "node_modules/@cloud/sdk": { version: "1.2.3", integrity: integrityOf(file), bin: { sdk: "index.js" } },
    },
  });

  test("that is as the lock states is put in its place, and nothing of it runs", async () => {
    served = await tarball("#!/usr/bin/env node\n");
    await installLocked(root, lockOf(served), ["@cloud/sdk"]);
    expect(readFileSync(join(root, "node_modules/@cloud/sdk/index.js"), "utf8")).toBe("#!/usr/bin/env node\n");
    expect(statSync(join(root, "node_modules/.bin/sdk")).mode & 0o100).toBe(0o100);
    expect(existsSync(join(root, "script-ran"))).toBe(false);
    expect(readdirSync(join(root, "node_modules")).sort()).toEqual([".bin", "@cloud"]);
  });

  test("that somebody has changed is refused, whatever the registry says of it, and nothing of it is put anywhere", async () => {
    const lock = lockOf(await tarball("module.exports = 1;"));
    served = await tarball("module.exports = process.env;");
    await expect(installLocked(root, lock, ["@cloud/sdk"])).rejects.toThrow(
      /the npm package @cloud\/sdk 1\.2\.3 is sha512-\S+, and the lock states sha512-/,
    );
    expect(readdirSync(join(root, "node_modules"))).toEqual([]);
    expect(existsSync(join(root, "script-ran"))).toBe(false);
  });
});
