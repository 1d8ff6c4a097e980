import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UserError } from "../lib/errors.ts";
import { SourceUnavailable } from "./download.ts";
import { fromFirstSource } from "./sources.ts";

const quiet = () => undefined;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-sources-"));
  vi.stubEnv("KPAAS_CACHE_DIR", root);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const works = (name: string) => ({
  name,
  key: name,
  build: vi.fn((directory: string) => writeFile(join(directory, name), "")),
});
const fails = (name: string, error: Error) => ({ name, key: name, build: vi.fn(() => Promise.reject(error)) });

test("the first source that can be reached is used", async () => {
  const [official, built] = [works("official"), works("built")];
  expect(await fromFirstSource([official, built], quiet)).toEqual({
    directory: join(root, "official"),
    source: "official",
  });
  expect(built.build).not.toHaveBeenCalled();
});

test("an unreachable source gives way to the next, and the user is told", async () => {
  const report = vi.fn();
  const found = await fromFirstSource([fails("official", new SourceUnavailable("no way")), works("built")], report);
  expect(found.source).toBe("built");
  expect(report).toHaveBeenCalledWith("no way");
});

test("a file that is not what its publisher promised is not worked around", async () => {
  const built = works("built");
  const forged = fails("official", new UserError("wrong checksum"));
  await expect(fromFirstSource([forged, built], quiet)).rejects.toThrow("wrong checksum");
  expect(built.build).not.toHaveBeenCalled();
});

test("what is cached is used without asking any source", async () => {
  const built = works("built");
  await fromFirstSource([built], quiet);
  const official = works("official");
  expect((await fromFirstSource([official, built], quiet)).source).toBe("built");
  expect(official.build).not.toHaveBeenCalled();
});

test("with no source left the reasons of all are told", async () => {
  const sources = [fails("a", new SourceUnavailable("a is down")), fails("b", new SourceUnavailable("b is down"))];
  await expect(fromFirstSource(sources, quiet)).rejects.toThrow("a is down; b is down");
});
