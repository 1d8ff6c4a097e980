import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached, lookup, recordKeys } from "../cache.ts";
import { debianPackages, debianSuite } from "../debian-packages.ts";
import { fetchChecksum, SourceUnavailable } from "../download.ts";
import { buildGo } from "../go-build.ts";
import { installPackages } from "../host-packages.ts";
import { platformBinary } from "../platform-binaries.ts";
import { readBundle } from "./format.mjs";
import { useBundle } from "./in-use.ts";
import { signingKey } from "./signing-key.ts";
import { BundleWriter } from "./writer.ts";

const quiet = () => undefined;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-in-use-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "state"));
  vi.stubEnv("KPAAS_CACHE_DIR", join(root, "cache"));
  for (const name of ["KPAAS_BUNDLE", "KPAAS_BUNDLE_SINCE"]) vi.stubEnv(name, undefined);
  const writer = new BundleWriter(join(root, "bundle"), undefined, quiet);
  const described = { kpaasVersion: "1", platform: "any", debianSuite: "sid", environments: ["local"] };
  await writer.finish(described, {}, signingKey());
  useBundle(readBundle(join(root, "bundle")));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const program = { module: "pause", label: "pause 1", packages: {}, platform: { os: "linux", arch: "amd64" } } as const;

test.each([
  ["a build from Go modules", "pause 1", () => buildGo(program, root, quiet)],
  ["a program of the images", "pause", () => platformBinary("pause", quiet)],
  ["a package of this machine", "/nowhere", () => installPackages(["nothing"], "/nowhere", quiet)],
  ["packages of Debian's", "nothing of sid", () => debianPackages("x", ["nothing"], quiet)],
])("with a bundle nothing else is asked: %s", async (_, what, get) => {
  await expect(get()).rejects.toThrow(what);
  await expect(get()).rejects.toThrow(`is not in the bundle ${join(root, "bundle")}`);
});

test("with a bundle no server is asked", async () => {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked++;
    answer.end("a".repeat(64));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await expect(fetchChecksum(`http://127.0.0.1:${port}/sum`)).rejects.toThrow(SourceUnavailable);
  expect(asked).toBe(0);
  server.close();
});

test("machines' packages are of the bundle's release, whatever this machine's is", async () => {
  expect(await debianSuite()).toBe("sid");
});

test("folders of the cache are recorded as they are given", async () => {
  const fill = (directory: string) => writeFile(join(directory, "x"), "");
  await cached("made-before", fill, quiet);
  const { keys, result } = await recordKeys(async () => {
    await cached("made-now", fill, quiet);
    lookup("made-now");
    return lookup("never-made");
  });
  expect({ keys, result }).toEqual({ keys: ["made-now"], result: undefined });
});
