import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { packagesInUse } from "../../provider/package-bundle.ts";
import type { Context } from "../../provider/resource.ts";
import { handler } from "../../provider/resources/package-repository.ts";
import { CertificateAuthority, PackageSource } from "../../provider/sdk.ts";
import { testSigningKey, writePackageBundle } from "../harness/air-gap/package-bundle.ts";
import { testStack } from "../harness/provider/test-stack.ts";
import { sshSites } from "./ssh-site.ts";

const site = sshSites();
const key = testSigningKey();
const folder = "/srv/data/apt";
let reported: string[];
let bundles = 0;

beforeEach(async () => {
  reported = [];
  mkdirSync(onDisk(), { recursive: true });
  await Promise.all([site().machine.start(), site().bastion.start()]);
});
afterEach(() => vi.unstubAllEnvs());

const onDisk = (...names: string[]) => join(site().machine.disk, folder.slice(1), ...names);

const context = (signal = new AbortController().signal): Context => ({
  ...{ name: "packages", environment: "test", signal },
  report: (message) => void reported.push(message),
  warn: () => {},
});

/** Puts a bundle of packages into use; gives its revision. */
async function use(packages: Record<string, Buffer>): Promise<string> {
  const path = join(site().folder, `bundle-${++bundles}`);
  const made = Object.entries(packages).map(([name, content]) => ({ name, version: "1.0", content }));
  await writePackageBundle(path, made, { key });
  vi.stubEnv("KPAAS_BUNDLE", path);
  return packagesInUse()?.revision ?? "";
}

const inputs = (revision: string, more: object = {}) => ({
  ...{ machineId: "1", machineName: "registry", connection: site().throughBastion(), folder, revision },
  timeoutSeconds: 30,
  ...more,
});
const publish = (revision: string, more?: object) => handler.create(inputs(revision, more), context());
const current = (path: string) => readFileSync(onDisk(readlinkSync(onDisk("current")), path), "utf8");
const stored = () => readdirSync(onDisk("blobs"));

test("packages arrive through the bastion; a newer bundle sends what differs, and nothing of the older stays", async () => {
  const big = randomBytes(40 * 2 ** 20);
  const first = await use({ big, curl: Buffer.from("curl 1") });
  await publish(first);
  expect(current("pool/curl_1.0_all.deb")).toBe("curl 1");
  expect(current("dists/bookworm/Release")).toContain("Origin: kpaas");
  expect(reported.at(-1)).toBe("sending packages: 6 of 7 files, 40 MiB of 40 MiB");

  const second = await use({ big, curl: Buffer.from("curl 2") });
  reported = [];
  await publish(second);
  expect(current("pool/curl_1.0_all.deb")).toBe("curl 2");
  expect(reported.at(-1)).toContain("0 of 5 files");
  expect(readdirSync(onDisk("trees"))).toEqual([second]);
  // The two packages, the index twice, its release with the signature, the key.
  expect(stored()).toHaveLength(7);

  // The disk outlives the machine: one made anew has them, without any bundle.
  vi.stubEnv("KPAAS_BUNDLE", undefined);
  reported = [];
  expect(await publish(second, { machineId: "2" })).toMatchObject({ outputs: { published: second } });
  expect(reported).toEqual(["waiting for the data disk of registry"]);
  const read = await handler.read?.("registry/packages", { ...inputs(second), published: "" }, context());
  expect(read).toEqual({ published: second });
});

test("a machine that is cut off serves what it served, and the next run sends only the rest", async () => {
  const first = await use({ curl: Buffer.from("curl 1") });
  await publish(first);
  const [one, two, three] = [1, 2, 3].map(() => randomBytes(20 * 2 ** 20));
  const second = await use({ one, two, three, curl: Buffer.from("curl 2") } as Record<string, Buffer>);
  const ended = new AbortController();
  const cut = handler.create(inputs(second), context(ended.signal)).catch((error: Error) => error.message);
  await expect.poll(() => reported.filter((line) => line.startsWith("sending")).length, { timeout: 60_000 }).toBe(3);
  await site().machine.kill();
  ended.abort(new Error("cancelled"));
  expect(await cut).toContain("cancelled");
  expect(current("pool/curl_1.0_all.deb")).toBe("curl 1");
  const there = new Set(stored());

  await site().machine.start();
  reported = [];
  await publish(second);
  expect(current("pool/curl_1.0_all.deb")).toBe("curl 2");
  expect(there.size).toBeGreaterThan(6);
  expect(reported.filter((line) => line.startsWith("sending")).length).toBeLessThan(4);
});

test("what is not as it was signed is refused by its name, and what is served stays", async () => {
  const first = await use({ curl: Buffer.from("curl 1") });
  await publish(first);
  const second = await use({ curl: Buffer.from("curl 2") });
  const bad = packagesInUse()?.files.find(({ path }) => path.startsWith("pool/"));
  writeFileSync(bad?.file ?? "", "curl X");
  await expect(publish(second)).rejects.toThrow("apt pool/curl_1.0_all.deb did not arrive as it was signed");
  expect(current("pool/curl_1.0_all.deb")).toBe("curl 1");
});

test("without the bundle, or without the data disk, there is an error that says so", async () => {
  await expect(publish("a".repeat(64))).rejects.toThrow(/registry is to serve packages that it has not/);
  const revision = await use({ curl: Buffer.from("curl 1") });
  await expect(publish(revision, { folder: "/srv/none/apt", timeoutSeconds: 2 })).rejects.toThrow(
    /2 s for registry to have its data disk/,
  );
  expect(existsSync(onDisk("current"))).toBe(false);
});

test("in a stack: without a bundle nothing begins; a newer one changes the source and nothing of what a machine knows of it", async () => {
  const stack = await testStack();
  try {
    const program = async () => {
      const { suite, revision } = new PackageSource("source", { packages: ["curl"] });
      // It is made of what machines are delivered, and would be made anew with it.
      const { certPem } = new CertificateAuthority("machine", { commonName: suite as unknown as string });
      return { revision, certPem };
    };
    const previewed = async () => {
      const { steps } = await stack.preview(program);
      const done = await stack.up(program);
      expect({ preview: steps, said: done.said }).toEqual({ preview: done.steps, said: done.said });
      return done;
    };
    vi.stubEnv("KPAAS_BUNDLE", undefined);
    const refused = await stack.up(program);
    expect(refused).toMatchObject({ succeeded: false, steps: {} });
    expect(refused.said).toContain("there is no bundle to serve packages of");

    const first = await use({ curl: Buffer.from("curl 1") });
    expect(await previewed()).toMatchObject({
      steps: { source: "create", machine: "create" },
      outputs: { revision: first },
    });
    vi.stubEnv("KPAAS_BUNDLE", undefined);
    expect(await previewed()).toMatchObject({
      steps: { source: "same", machine: "same" },
      outputs: { revision: first },
    });
    const second = await use({ curl: Buffer.from("curl 2") });
    expect(await previewed()).toMatchObject({
      steps: { source: "update", machine: "same" },
      outputs: { revision: second },
    });
  } finally {
    await stack.dispose();
  }
});
