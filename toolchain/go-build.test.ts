import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildableKubernetesVersions, versions } from "../config/versions.ts";
import { UserError } from "../lib/errors.ts";
import { buildGo, type GoPrograms, goRecipe } from "./go-build.ts";

const quiet = () => undefined;
const programs: GoPrograms = {
  module: "pause",
  label: "pause 1",
  packages: { pause: "kpaas.local/toolchain/pause" },
  platform: { os: "linux", arch: "amd64" },
};
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-go-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function fakeGo(script: string): Promise<void> {
  await writeFile(join(folder, "go"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "go"), 0o755);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
}

test("without Go the user is told what to install", async () => {
  vi.stubEnv("PATH", folder);
  const failure = await buildGo(programs, folder, quiet).catch((error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(failure.next).toContain("install Go 1.26 or newer");
});

test("a Go that is too old is named with what to install", async () => {
  await fakeGo('echo "go: go.mod requires go >= 1.26 (running go 1.19)" >&2; exit 1');
  const failure = await buildGo(programs, folder, quiet).catch((error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(failure.message).toContain("running go 1.19");
  expect(failure.next).toContain("install Go 1.26 or newer");
});

test("a failed build tells which program and the end of what the compiler said", async () => {
  await fakeGo('[ "$1" = build ] || exit 0; echo "dial tcp: no route to proxy" >&2; exit 1');
  const failure = await buildGo(programs, folder, quiet).catch((error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(failure.message).toMatch(/^pause 1 could not be built.*no route to proxy$/s);
});

test("builds run one at a time, and one's failure does not stop the next", async () => {
  const log = join(folder, "log");
  await fakeGo(`[ "$1" = build ] || exit 0; echo start >> ${log}; sleep 0.1; echo end >> ${log}; exit 1`);
  await Promise.allSettled([buildGo(programs, folder, quiet), buildGo(programs, folder, quiet)]);
  expect(await readFile(log, "utf8")).toBe("start\nend\nstart\nend\n");
});

test("the recipe changes with flags and programs", async () => {
  const recipes = await Promise.all([
    goRecipe(programs),
    goRecipe({ ...programs, cgo: true }),
    goRecipe({ ...programs, variables: { "main.version": "2" } }),
    goRecipe({ ...programs, packages: { other: "kpaas.local/toolchain/pause" } }),
    goRecipe({ ...programs, module: "etcd" }),
    ...buildableKubernetesVersions.map((version) => goRecipe({ ...programs, module: `kubernetes/${version}` })),
  ]);
  expect(new Set(recipes.map((recipe) => JSON.stringify(recipe))).size).toBe(recipes.length);
});

/** Modules by folder of `go/`, each at the version that the table has. */
const pinned: Record<string, Record<string, string>> = {
  pulumi: { "github.com/pulumi/pulumi/pkg/v3": versions.pulumi },
  "pulumi-language-nodejs": { "github.com/pulumi/pulumi/sdk/v3": versions.pulumiLanguageNodejs },
  ...Object.fromEntries(
    buildableKubernetesVersions.map((version) => [`kubernetes/${version}`, { "k8s.io/kubernetes": version }]),
  ),
  etcd: { "go.etcd.io/etcd/server/v3": versions.etcd, "go.etcd.io/etcd/etcdctl/v3": versions.etcd },
  coredns: { "github.com/coredns/coredns": versions.coredns },
  flannel: { "github.com/flannel-io/flannel": versions.flannel },
  "local-path-provisioner": { "github.com/rancher/local-path-provisioner": versions.localPathProvisioner },
  // Of our own: it has no module of another's to pin.
  pause: {},
};

const goFolder = join(import.meta.dirname, "go");

test("every Go module that is built has its version compared", async () => {
  const files = (await readdir(goFolder, { recursive: true })).filter((path) => basename(path) === "go.mod");
  expect(Object.keys(pinned).sort()).toEqual(files.map(dirname).sort());
});

test.each(buildableKubernetesVersions)(
  "Kubernetes %s has all its parts of one release, and the same programs",
  async (version) => {
    const read = (of: string, name: string) => readFile(join(goFolder, "kubernetes", of, name), "utf8");
    const parts = (await read(version, "go.mod")).matchAll(/^replace (k8s\.io\/\S+) => \1 v(\S+)$/gm);
    expect([...new Set([...parts].map(([, , ofPart]) => ofPart))]).toEqual([version.replace(/^1/, "0")]);
    expect(await read(version, "tools.go")).toBe(await read(versions.kubernetes, "tools.go"));
  },
);

test.each(
  Object.entries(pinned).flatMap(([folder, modules]) =>
    Object.entries(modules).map(([path, version]) => [folder, path, version] as const),
  ),
)("%s's go.mod pins %s at the version that is announced", async (folder, path, version) => {
  const text = await readFile(join(goFolder, folder, "go.mod"), "utf8");
  expect(text.split(/\n/).map((line) => line.replace(/^require /, "").trim())).toContain(`${path} v${version}`);
});
