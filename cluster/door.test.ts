import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../lib/repository.ts";
import { clusterFacts, examplesOf, usedImages } from "../tests/harness/environments/cluster-parts.ts";
import { calico } from "./calico/index.ts";
import { manifestFiles, upstreamManifest } from "./door.ts";
import { clusterParts } from "./index.ts";

test("every part with objects is a manifest of its name", () => {
  expect(manifestFiles(clusterFacts()).map(({ path }) => path)).toEqual(
    ["cluster-dns", "flannel", "storage"].map((name) => `/etc/kpaas/addons/${name}.yaml`),
  );
});

test("Calico comes as its makers' manifest of the pinned version, and in no file", () => {
  expect(upstreamManifest(clusterFacts(calico.example))).toEqual({
    url: expect.stringMatching(/calico\/v3\.\d+\.\d+\/manifests\/calico-vxlan\.yaml$/),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(manifestFiles(clusterFacts(calico.example)).filter(({ path }) => path.includes("calico"))).toEqual([]);
  expect(upstreamManifest(clusterFacts())).toBeUndefined();
});

test.each(clusterParts)("first boot can apply what an environment with $name brings", (part) => {
  for (const facts of examplesOf(part)) expect(() => upstreamManifest(facts)).not.toThrow();
});

test("no manifest runs an image without a tag", () => {
  const used = manifestFiles(clusterFacts({}, "/srv/shared")).flatMap(({ content }) =>
    content.split(/^---$/m).flatMap(usedImages),
  );
  expect(used.length).toBeGreaterThan(2);
  for (const image of used) expect(image).toMatch(/:[^/]+$/);
});

test("no part looks at the operator's disk, processes or network", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.endsWith(".test.ts"),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const file of files)
    expect(readFileSync(join(import.meta.dirname, file), "utf8"), file).not.toMatch(/from "node:|process\.|fetch\(/);
});

test("no other room sees a part's folder, and none has a second way into the cluster", () => {
  const rooms = readdirSync(repository, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !["node_modules", "cluster", "tests"].includes(entry.name),
  );
  const files = rooms
    .filter(({ name }) => !name.startsWith("."))
    .flatMap(({ name }) =>
      readdirSync(join(repository, name), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => join(name, path)),
    );
  expect(files.length).toBeGreaterThan(400);
  for (const file of files) {
    const imported = [...readFileSync(join(repository, file), "utf8").matchAll(/from "([^"]+)"/g)].map(
      ([, path]) => path as string,
    );
    expect(
      imported.filter((path) => /\/cluster\/[^/]+\//.test(path)),
      file,
    ).toEqual([]);
    expect(
      imported.filter((path) => path.startsWith("@pulumi/kubernetes")),
      file,
    ).toEqual([]);
  }
});
