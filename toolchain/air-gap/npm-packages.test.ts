import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { repository } from "../../lib/repository.ts";
import { run } from "../../lib/run.ts";
import { tarOf } from "../../lib/tar.ts";
import { readBundle } from "./format.mjs";
import { bundleIn } from "./install-npm.mjs";
import { lockedPackages } from "./npm-packages.ts";
import { npmOptions, serveNpmPackages } from "./npm-registry.mjs";
import { signingKey } from "./signing-key.ts";
import { BundleWriter } from "./writer.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-npm-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "state"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

describe("packages of the lock", () => {
  const integrity = "sha512-x";
  const lock = (packages: Record<string, object>) => ({ packages: { "": {}, ...packages } });

  test("are those that users of this kind of machine install, each version once", () => {
    const packages = lockedPackages(
      lock({
        "node_modules/a": { version: "1.0.0", integrity, license: "MIT" },
        "node_modules/b/node_modules/@scope/a": { version: "2.0.0", integrity },
        "node_modules/c/node_modules/@scope/a": { version: "2.0.0", integrity },
        "node_modules/alias": { name: "real", version: "3.0.0", integrity },
        "node_modules/test": { version: "1.0.0", integrity, dev: true },
        "node_modules/mac": { version: "1.0.0", integrity, os: ["darwin"] },
        "node_modules/arm": { version: "1.0.0", integrity, cpu: ["arm64"] },
        "node_modules/not-windows": { version: "1.0.0", integrity, os: ["!win32"] },
      }),
      { os: "linux", cpu: "x64" },
    );
    expect(packages.map(({ name, version }) => `${name}@${version}`)).toEqual([
      "@scope/a@2.0.0",
      "a@1.0.0",
      "not-windows@1.0.0",
      "real@3.0.0",
    ]);
    expect(packages[1]).toMatchObject({ licence: "MIT" });
  });

  test("of this product have all that its dependencies name", () => {
    const names = lockedPackages(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8"))).map(
      ({ name }) => name,
    );
    const { dependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names).not.toContain("vitest");
  });
});

test("npm ci installs from a bundle, and takes nothing else for what the lock states", async () => {
  const tarball = async (text: string) =>
    gzipSync(
      await tarOf({
        "package/package.json": JSON.stringify({ name: "@scope/word", version: "1.2.3" }),
        "package/index.js": text,
      }),
    );
  const whole = await tarball("module.exports = 1;");
  const integrity = `sha512-${createHash("sha512").update(whole).digest("base64")}`;
  const project = { name: "project", version: "1.0.0", dependencies: { "@scope/word": "1.2.3" } };
  const word = { version: "1.2.3", integrity };
  await writeFile(join(root, "package.json"), JSON.stringify(project));
  await writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({ ...project, lockfileVersion: 3, packages: { "": project, "node_modules/@scope/word": word } }),
  );
  const install = async (content: Buffer, folder: string) => {
    const writer = new BundleWriter(join(root, folder), undefined, () => undefined);
    await writer.addContent({ kind: "npm", path: "@scope/word", version: "1.2.3", integrity }, content);
    await writer.finish({ kpaasVersion: "1", platform: "any", environments: [] }, {}, signingKey());
    const { url, stop } = await serveNpmPackages(readBundle(join(root, folder)));
    const words = ["ci", "--no-audit", "--no-fund", ...npmOptions(url), `--cache=${join(root, `${folder}-cache`)}`];
    await run("npm", words, { cwd: root }).finally(stop);
  };
  await install(whole, "right");
  expect(readFileSync(join(root, "node_modules/@scope/word/index.js"), "utf8")).toBe("module.exports = 1;");
  await expect(install(await tarball("module.exports = 2;"), "wrong")).rejects.toThrow("EINTEGRITY");
  expect(existsSync(join(root, "node_modules/@scope/word/index.js"))).toBe(false);
});

test.each([
  [["up", "local", "--bundle", "b"], { folder: "b", since: [], key: undefined }],
  [["up", "local", "--bundle=b", "--since", "a", "--key=k"], { folder: "b", since: ["a"], key: "k" }],
  [["bundle", "verify", "b"], { folder: "b", since: [], key: undefined }],
  [["bundle", "verify", "b", "--since", "a"], { folder: "b", since: ["a"], key: undefined }],
  [["ssh", "local", "m", "--", "--bundle", "b"], { folder: undefined, since: [], key: undefined }],
  [["up", "local"], { folder: undefined, since: [], key: undefined }],
])("before there are packages the bundle of %j is found", (words, found) => {
  vi.stubEnv("KPAAS_BUNDLE", undefined);
  vi.stubEnv("KPAAS_BUNDLE_SINCE", undefined);
  expect(bundleIn(words)).toEqual(found);
});

test("a bundle of the variables is found, too", () => {
  vi.stubEnv("KPAAS_BUNDLE", "/b");
  vi.stubEnv("KPAAS_BUNDLE_SINCE", "/a:/0");
  expect(bundleIn(["up", "local"])).toEqual({ folder: "/b", since: ["/a", "/0"], key: undefined });
});
