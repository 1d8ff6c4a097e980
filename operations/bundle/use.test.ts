import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Entry, readBundle } from "../../toolchain/air-gap/format.mjs";
import { bundleInUse } from "../../toolchain/air-gap/in-use.ts";
import { signingKey } from "../../toolchain/air-gap/signing-key.ts";
import { BundleWriter } from "../../toolchain/air-gap/writer.ts";
import { environmentFolder } from "../engine/state.ts";
import { forgetBundle, rememberBundle, useGivenBundle } from "./use.ts";

let root: string;
let bundle: string;
let said: string[];
const report = (line: string) => said.push(line);
const tool: Entry = { kind: "cache", key: "pulumi-go-1.0.0-linux-amd64-0123456789ab", path: "pulumi" };
const restored = () => join(root, "cache", tool.key ?? "", "pulumi");

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-use-"));
  bundle = join(root, "bundle");
  said = [];
  vi.stubEnv("KPAAS_CACHE_DIR", join(root, "cache"));
  for (const name of ["KPAAS_BUNDLE", "KPAAS_BUNDLE_SINCE", "PULUMI_HOME"]) vi.stubEnv(name, undefined);
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "maker"));
  const writer = new BundleWriter(bundle, undefined, () => undefined);
  await writer.addContent(tool, "pulumi's program");
  await writer.finish({ kpaasVersion: "0.1.0", platform: "any", environments: ["local"] }, {}, signingKey());
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "site"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const damage = () =>
  writeFileSync(join(bundle, "blobs/sha256", readBundle(bundle).manifest.entries[0]?.sha256 ?? ""), "pulumi's progran");

test("a bundle that is given is checked whole, said to be trusted, and fills the cache", async () => {
  await useGivenBundle({ bundle }, ["local"], report);
  expect(readFileSync(restored(), "utf8")).toBe("pulumi's program");
  expect(bundleInUse()).toEqual({ folder: bundle, bases: [] });
  expect(said.join("\n")).toMatch(/TRUSTED FROM NOW ON[\s\S]*the bundle is whole: 1 blobs/);
});

test("one flipped byte is refused before anything is put anywhere", async () => {
  damage();
  await expect(useGivenBundle({ bundle }, ["local"], report)).rejects.toThrow(`cache ${tool.key}/pulumi is damaged`);
  expect(existsSync(join(root, "cache"))).toBe(false);
  expect(bundleInUse()).toBeUndefined();
});

test("a bundle that is given again is checked again, though the cache has all of it", async () => {
  await useGivenBundle({ bundle }, ["local"], report);
  damage();
  await expect(useGivenBundle({ bundle }, ["local"], report)).rejects.toThrow("is damaged");
});

test("later commands of an environment use the bundle that it was brought up with, until it is forgotten", async () => {
  mkdirSync(environmentFolder("local"), { recursive: true });
  rememberBundle("local", { bundle });
  await useGivenBundle({}, ["local"], report);
  expect(bundleInUse()?.folder).toBe(bundle);
  vi.stubEnv("KPAAS_BUNDLE", undefined);
  await useGivenBundle({}, ["worker-1"], report);
  // It is the only one that is up.
  expect(bundleInUse()?.folder).toBe(bundle);
  vi.stubEnv("KPAAS_BUNDLE", undefined);
  vi.stubEnv("KPAAS_STACKS_DIR", root);
  writeFileSync(join(root, "Pulumi.other.yaml"), "");
  await useGivenBundle({}, ["other"], report);
  expect(bundleInUse()).toBeUndefined();
  forgetBundle("local");
  vi.stubEnv("KPAAS_BUNDLE", undefined);
  await useGivenBundle({}, ["local"], report);
  expect(bundleInUse()).toBeUndefined();
});

test("KPAAS_BUNDLE stands for the option, and refills a cache that was deleted", async () => {
  vi.stubEnv("KPAAS_BUNDLE", bundle);
  await useGivenBundle({}, [], report);
  await rm(join(root, "cache"), { recursive: true });
  await useGivenBundle({}, [], report);
  expect(existsSync(restored())).toBe(true);
});

test("nothing is kept of an environment that was never begun", () => {
  rememberBundle("local", { bundle });
  expect(existsSync(environmentFolder("local"))).toBe(false);
});

test("a bundle of another version is told", async () => {
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "maker"));
  const writer = new BundleWriter(join(root, "newer"), undefined, () => undefined);
  await writer.finish({ kpaasVersion: "9.9.9", platform: "any", environments: [] }, {}, signingKey());
  await useGivenBundle({ bundle: join(root, "newer") }, [], report);
  expect(said.join("\n")).toContain("warning: the bundle was made by kpaas 9.9.9");
});
