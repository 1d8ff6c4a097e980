import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installPackages } from "./host-packages.ts";

let folder: string;
const program = () => join(folder, "program");

/** An apt-get that fails, as the real one does, where another is at work. */
const aptGet = `#!/bin/sh
mkdir "$FOLDER/lock" 2>/dev/null || { echo "Could not get lock" >&2; exit 100; }
sleep 0.1
case "$*" in
  *install*nothing*) echo "Unable to locate package nothing" >&2; rmdir "$FOLDER/lock"; exit 100;;
  *install*) echo "$*" >>"$FOLDER/installed"; : >"$FOLDER/program";;
esac
rmdir "$FOLDER/lock"
`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-apt-"));
  await writeFile(join(folder, "apt-get"), aptGet);
  await chmod(join(folder, "apt-get"), 0o755);
  vi.stubEnv("FOLDER", folder);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
  vi.spyOn(process, "getuid").mockReturnValue(0);
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const ignore = () => undefined;

test("of several that need a program at once, one installs it", async () => {
  await Promise.all([1, 2, 3].map(() => installPackages(["package"], program(), ignore)));
  expect((await readFile(join(folder, "installed"), "utf8")).trim().split("\n")).toEqual([
    expect.stringContaining("install -y --no-install-recommends package"),
  ]);
});

test("what apt-get refuses is told in its words, and the next try is not in the way of anything", async () => {
  await expect(installPackages(["nothing"], program(), ignore)).rejects.toThrow("Unable to locate package nothing");
  await installPackages(["package"], program(), ignore);
});

test("who may not install is told what to install", async () => {
  vi.mocked(process.getuid as () => number).mockReturnValue(1000);
  const refused = installPackages(["package"], program(), ignore);
  await expect(refused).rejects.toMatchObject({ message: `${program()} is missing` });
});
