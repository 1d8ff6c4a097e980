import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { imageName } from "../../config/images.ts";
import { layoutImage, layoutImages } from "../../lib/oci-layout.ts";
import { addImage as addToTree } from "../registry-storage.ts";
import { addCacheEntry } from "./cache-entries.ts";
import { type Bundle, type Entry, fingerprintOf, readBundle } from "./format.mjs";
import { addImage, findImages } from "./images.ts";
import { isRestored, restoreCache, restorePlugins } from "./restore.ts";
import { signingKey } from "./signing-key.ts";
import { trust } from "./trust.mjs";
import { verifyContent } from "./verify.ts";
import { BundleWriter } from "./writer.ts";

const quiet = () => undefined;
const key = "kubernetes-go-1.36.3-linux-amd64-0123456789ab";
const described = { kpaasVersion: "0.1.0", platform: "linux-amd64", debianSuite: "bookworm", environments: ["local"] };
const pause = imageName("registry.k8s.io/pause:3.10.2");
let root: string;
const at = (...names: string[]) => join(root, ...names);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-air-gap-"));
  vi.stubEnv("KPAAS_CACHE_DIR", at("cache"));
  vi.stubEnv("KPAAS_STATE_DIR", at("state"));
  await mkdir(at("cache", key, "empty"), { recursive: true });
  await writeFile(at("cache", key, "kubelet"), "the kubelet", { mode: 0o755 });
  await symlink("kubelet", at("cache", key, "hyperkube"));
  await addToTree(at("tree"), {
    repository: "pause",
    tag: "3.10.2",
    architecture: "amd64",
    layers: [[{ path: "/pause", content: "a program" }]],
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** Makes a bundle with something of each kind. */
async function made(folder: string, base?: Bundle, program = "the kubelet") {
  await writeFile(at("cache", key, "kubelet"), program, { mode: 0o755 });
  const writer = new BundleWriter(at(folder), base, quiet);
  await addCacheEntry(writer, key);
  const [image] = await findImages([{ ...pause, madeHere: true }], [at("tree")]);
  if (image) await addImage(writer, image, quiet);
  const small: Entry[] = [
    { kind: "npm", path: "yaml", version: "2.9.1", integrity: "sha512-x" },
    { kind: "plugin", key: "resource-openstack-v3.15.2", path: "pulumi-resource-openstack" },
    { kind: "apt", path: "pool/curl_8_amd64.deb" },
    { kind: "manifest", path: "local/flannel.yaml" },
    { kind: "licence", path: "npm/yaml@2.9.1" },
    { kind: "installer", path: "kpaas-0.1.0.tar.gz" },
  ];
  for (const entry of small) await writer.addContent(entry, `content of ${entry.kind}`);
  const written = await writer.finish(described, { "sbom.cdx.json": "{}" }, signingKey());
  return { written, folder: at(folder) };
}

const entryOf = (folder: string, kind: string) => {
  const { manifest } = readBundle(folder);
  const entry = manifest.entries.find((one) => one.kind === kind && one.sha256 !== undefined);
  if (!entry) throw new Error(`no ${kind}`);
  return entry;
};
const blobOf = (folder: string, kind: string) => join(folder, "blobs/sha256", entryOf(folder, kind).sha256 ?? "");

/** Changes one bit of a file. */
function flip(file: string): void {
  const content = readFileSync(file);
  content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, content);
}

describe("a bundle", () => {
  test("is whole, an image layout at the same time, and signed by the operator's one key", async () => {
    const { folder, written } = await made("one");
    const bundle = readBundle(folder);
    expect(bundle.manifestSha256).toBe(written.manifestSha256);
    expect((await verifyContent(bundle, quiet)).sizeBytes).toBe(written.sizeBytes);
    expect([...(await layoutImages(folder)).keys()]).toEqual(["registry.k8s.io/pause:3.10.2"]);
    expect((await layoutImage(folder, "registry.k8s.io/pause:3.10.2"))?.blobs).toHaveLength(2);
    expect(bundle.manifest.signer.publicKey).toBe(signingKey().publicKey);
    expect(lstatSync(signingKey().file).mode & 0o777).toBe(0o600);
    expect(entryOf(folder, "cache")).toMatchObject({ key, path: "kubelet", version: "1.36.3", licence: "Apache-2.0" });
  });

  test("fills an empty cache and the folder of plugins as they were", async () => {
    const bundle = readBundle((await made("one")).folder);
    vi.stubEnv("KPAAS_CACHE_DIR", at("elsewhere"));
    expect(isRestored(bundle, at("plugins"))).toBe(false);
    await restoreCache(bundle, quiet);
    await restorePlugins(bundle, at("plugins"), quiet);
    expect(isRestored(bundle, at("plugins"))).toBe(true);
    expect(readFileSync(at("elsewhere", key, "kubelet"), "utf8")).toBe("the kubelet");
    expect(lstatSync(at("elsewhere", key, "kubelet")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(at("elsewhere", key, "hyperkube"))).toBe("kubelet");
    expect(readdirSync(at("elsewhere", key, "empty"))).toEqual([]);
    expect(readdirSync(at("plugins"))).toEqual(["resource-openstack-v3.15.2"]);
  });

  test("that changed after it was looked at puts nothing into the cache", async () => {
    const { folder } = await made("one");
    const bundle = readBundle(folder);
    flip(blobOf(folder, "cache"));
    vi.stubEnv("KPAAS_CACHE_DIR", at("elsewhere"));
    await expect(restoreCache(bundle, quiet)).rejects.toThrow(`cache ${key}/kubelet is damaged`);
    expect(existsSync(at("elsewhere", key))).toBe(false);
  });

  test("goes on where it was killed: whole blobs stay, damaged ones are written again, strangers go", async () => {
    const { folder } = await made("one");
    const [program, image] = [blobOf(folder, "cache"), blobOf(folder, "image")];
    await rm(join(folder, "bundle.json"));
    flip(image);
    await writeFile(join(folder, "blobs/sha256/stranger"), "");
    const before = lstatSync(program).ino;
    await made("one");
    expect(lstatSync(program).ino).toBe(before);
    await verifyContent(readBundle(folder), quiet);
    expect(existsSync(join(folder, "blobs/sha256/stranger"))).toBe(false);
  });

  test("without its manifest is no whole bundle", async () => {
    const { folder } = await made("one");
    await rm(join(folder, "bundle.json"));
    expect(() => readBundle(folder)).toThrow(`no whole bundle is in ${folder}`);
  });
});

describe("what is damaged is refused by name", () => {
  test.each(["cache", "npm", "plugin", "image", "apt", "manifest", "licence", "installer"])(
    "one bit of a blob of kind %s",
    async (kind) => {
      const { folder } = await made("one");
      const entry = entryOf(folder, kind);
      flip(blobOf(folder, kind));
      const refused = verifyContent(readBundle(folder), quiet);
      await expect(refused).rejects.toThrow(entry.path);
      await expect(refused).rejects.toThrow(/is damaged/);
    },
  );

  test.each(["oci-layout", "index.json", "sbom.cdx.json"])("one bit of %s", async (name) => {
    const { folder } = await made("one");
    flip(join(folder, name));
    await expect(verifyContent(readBundle(folder), quiet)).rejects.toThrow(`${name} is damaged`);
  });

  test.each(["bundle.json", "bundle.json.sig"])("one bit of %s", async (name) => {
    const { folder } = await made("one");
    flip(join(folder, name));
    expect(() => readBundle(folder)).toThrow(/bundle\.json is (not what was signed|damaged)/);
  });

  test("a blob that is missing, and one that is cut off", async () => {
    const { folder } = await made("one");
    const blob = blobOf(folder, "apt");
    await writeFile(blob, "con");
    await expect(verifyContent(readBundle(folder), quiet)).rejects.toThrow("has 3 bytes");
    await rm(blob);
    await expect(verifyContent(readBundle(folder), quiet)).rejects.toThrow(
      "the bundle lacks apt pool/curl_8_amd64.deb",
    );
  });
});

describe("a difference", () => {
  test("leaves out what the base has, names it, and is whole beside it only", async () => {
    const old = await made("old");
    const { folder, written } = await made("new", readBundle(old.folder), "a newer kubelet");
    expect(written.sizeBytes).toBe("a newer kubelet".length);
    expect(() => readBundle(folder)).toThrow(readBundle(old.folder).manifestSha256);
    const bundle = readBundle(folder, [old.folder]);
    expect((await verifyContent(bundle, quiet)).sizeBytes).toBe(written.wholeSizeBytes);
    vi.stubEnv("KPAAS_CACHE_DIR", at("elsewhere"));
    await restoreCache(bundle, quiet);
    expect(readFileSync(at("elsewhere", key, "kubelet"), "utf8")).toBe("a newer kubelet");
  });

  test("does not take another bundle for its base, and looks into the base's blobs", async () => {
    const old = await made("old");
    const { folder } = await made("new", readBundle(old.folder), "a newer kubelet");
    const other = await made("other", undefined, "another kubelet");
    expect(() => readBundle(folder, [other.folder])).toThrow(`${other.folder} is not that one`);
    flip(blobOf(old.folder, "npm"));
    await expect(verifyContent(readBundle(folder, [old.folder]), quiet)).rejects.toThrow("npm yaml is damaged");
  });

  test("of a difference counts on that one's own blobs alone", async () => {
    const oldest = await made("oldest");
    const old = await made("old", readBundle(oldest.folder), "a newer kubelet");
    const { written } = await made("new", readBundle(old.folder, [oldest.folder]), "a newer kubelet");
    expect(written.sizeBytes).toBe(written.wholeSizeBytes - "a newer kubelet".length);
    await verifyContent(readBundle(at("new"), [old.folder]), quiet);
  });
});

describe("the key", () => {
  const manifest = async () => readBundle((await made("one")).folder).manifest;
  const elsewhere = (name: string) => vi.stubEnv("KPAAS_STATE_DIR", at(name));
  const another = () =>
    fingerprintOf(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64"));

  test("is the operator's own, or trusted at first use and told so, and known then", async () => {
    const signed = await manifest();
    expect(trust(signed).how).toBe("known");
    elsewhere("site");
    const first = trust(signed);
    expect(first.how).toBe("first use");
    expect(first.said).toContain(`signed by ${first.fingerprint}, which is TRUSTED FROM NOW ON`);
    expect(trust(signed).how).toBe("known");
  });

  test("of somebody else is refused where one is known, and where another is named", async () => {
    const signed = await manifest();
    elsewhere("site");
    trust(signed);
    elsewhere("foreign");
    const foreign = readBundle((await made("foreign")).folder).manifest;
    elsewhere("site");
    expect(() => trust(foreign)).toThrow("which is not among the keys trusted here");
    expect(() => trust(foreign, another())).toThrow("--key names SHA256:");
    expect(() => trust(foreign, at("no-such-file"))).toThrow("neither a file nor a fingerprint");
    const { fingerprint } = trust(foreign, fingerprintOf(foreign.signer.publicKey));
    expect(trust(foreign)).toMatchObject({ how: "known", fingerprint });
  });

  test("can be named by a file, of the private key's owner or not", async () => {
    const signed = await manifest();
    const pem = execFileSync("openssl", ["pkey", "-in", signingKey().file, "-pubout"]);
    await writeFile(at("maker.pem"), pem);
    elsewhere("site");
    expect(trust(signed, at("maker.pem")).how).toBe("named");
  });

  test("does not fit a manifest that names another", async () => {
    const { folder } = await made("one");
    const file = join(folder, "bundle.json");
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const changed = readFileSync(file, "utf8").replace(signingKey().publicKey, other);
    writeFileSync(file, changed);
    expect(() => readBundle(folder)).toThrow("is not what was signed");
  });
});

test("a manifest cannot lead out of the cache", async () => {
  const writer = new BundleWriter(at("evil"), undefined, quiet);
  await writer.addContent({ kind: "cache", key: "a", path: "../../outside" }, "x");
  await writer.finish(described, {}, signingKey());
  expect(() => readBundle(at("evil"))).toThrow("has an entry that no kpaas writes");
});

test("images that are nowhere are all named, with who was asked", async () => {
  const wanted = ["quay.io/calico/node:v3.31.2", "ghcr.io/no/image:1"].map(imageName);
  const refused = findImages(
    wanted.map((name) => ({ ...name, madeHere: false })),
    [at("tree")],
    () => "http://127.0.0.1:9/v2",
  );
  await expect(refused).rejects.toThrow(/2 images can be had nowhere/);
  await expect(refused).rejects.toThrow(/quay\.io\/calico\/node:v3\.31\.2: 127\.0\.0\.1:9 cannot be reached/);
  await expect(refused).rejects.toThrow(/ghcr\.io\/no\/image:1: .*not among the images that are made here/);
});
