import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../lib/repository.ts";
import { type Entry, readBundle } from "../../toolchain/air-gap/format.mjs";
import { IsolatedSite } from "../harness/air-gap/site.ts";
import { runOk } from "../harness/platform/commands.ts";

/** `local` comes up, works and goes on a machine without Internet, caches and packages, from a bundle that was made before. */
let folder: string;
let bundle: string;
let fingerprint: string;
let site: IsolatedSite;
const said = (text: string) => console.log(text);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-air-gap-"));
  bundle = join(folder, "bundle");
  const env = { KPAAS_STATE_DIR: join(folder, "maker"), KPAAS_STACKS_DIR: join(repository, "stacks"), NO_COLOR: "1" };
  const words = ["bundle", "create", "--environments", "local", "--out", bundle, "--json"];
  const { stdout, seconds } = await runOk(join(repository, "kpaas"), words, { env, timeoutSeconds: 3600 });
  const made: { fingerprint: string; sizeBytes: number; entries: number } = JSON.parse(stdout);
  fingerprint = made.fingerprint;
  said(`bundle made in ${seconds.toFixed(0)} s: ${(made.sizeBytes / 2 ** 30).toFixed(2)} GiB, ${made.entries} entries`);
  site = await IsolatedSite.start();
  await site.execOk("tar", ["-xzf", blobOf(({ kind }) => kind === "installer"), "-C", site.folder]);
});

afterAll(async () => {
  await kpaas("destroy", "local", "--yes");
  await site?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function blobOf(which: (entry: Entry) => boolean): string {
  const entry = readBundle(bundle).manifest.entries.find((one) => one.sha256 !== undefined && which(one));
  if (!entry) throw new Error("the bundle has no such entry");
  return join(bundle, "blobs/sha256", entry.sha256 ?? "");
}

const kpaas = (...words: string[]) => site.exec(join(site.folder, "kpaas/kpaas"), words, { timeoutSeconds: 1800 });

async function kpaasOk(...words: string[]) {
  const { code, seconds, stdout, stderr } = await kpaas(...words);
  if (code !== 0) throw new Error(`kpaas ${words.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  said(`${words.slice(0, 2).join(" ")} after ${seconds.toFixed(0)} s`);
  return { stdout, stderr };
}

test("the counter counts: a packet to the outside is one", async () => {
  expect(await site.attempts()).toBe(0);
  const send = "const s = require('dgram').createSocket('udp4'); s.send('x', 9, '198.51.100.1', () => s.close())";
  await site.execOk("node", ["-e", send]);
  expect(await site.attempts()).toBe(1);
  expect(await site.places()).toEqual(["198.51.100.1 . udp . 9"]);
  await site.forgetAttempts();
});

test("the npm packages come out of the bundle, which is whole, and signed by the key that is named", async () => {
  const { stdout } = await kpaasOk("bundle", "verify", bundle, "--key", fingerprint);
  expect(stdout).toContain(`${bundle} is whole`);
});

test("one flipped byte is refused by name before anything changes", async () => {
  const blob = blobOf(({ kind, path }) => kind === "cache" && path === "kubelet");
  const whole = readFileSync(blob);
  const flipped = Buffer.from(whole);
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
  writeFileSync(blob, flipped);
  const { code, stderr } = await kpaas("up", "local", "--bundle", bundle);
  writeFileSync(blob, whole);
  expect(stderr).toMatch(/^error: cache kubernetes-\S+\/kubelet is damaged/m);
  expect(code).toBe(2);
  expect(readdirSync(join(site.folder, "cache"))).toEqual([]);
  expect(existsSync(join(site.folder, "state/environments"))).toBe(false);
});

test("up and verify pass", async () => {
  const { stdout } = await kpaasOk("up", "local", "--bundle", bundle);
  expect(stdout).toContain("up local: ");
  expect((await kpaasOk("verify", "local")).stdout).toContain("verify local: works");
  await kpaasOk("preview", "local", "--expect-no-changes");
});

test("later commands find the bundle again where the cache was deleted", async () => {
  rmSync(join(site.folder, "cache"), { recursive: true });
  const { stderr } = await kpaasOk("preview", "local", "--expect-no-changes");
  expect(stderr).toContain("the bundle is whole");
});

test("the bundle's images are pushed into the platform's registry", async () => {
  const { stdout } = await kpaasOk("bundle", "push", "local", bundle);
  expect(stdout).toMatch(/^pushed \d\d images to registry\./m);
});

test("all the while no packet tried to leave, and nobody asked for a name", async () => {
  expect(await site.places()).toEqual([]);
  expect(await site.attempts()).toBe(0);
  // By such names CoreDNS asks itself, as it starts, whether it would go on for ever.
  expect(site.names().filter((name) => !/^\d+\.\d+$/.test(name))).toEqual([]);
});
