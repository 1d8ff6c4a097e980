import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clusterFacts, examplesOf, forgottenSteps } from "../tests/harness/environments/cluster-parts.ts";
import { calico } from "./calico/index.ts";
import { clusterParts, partsOf } from "./index.ts";
import type { KubernetesObject } from "./objects.ts";

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test("every folder of this room is a part of the list, and every part has a folder", () => {
  expect(clusterParts.map(({ name }) => name).sort()).toEqual(folders.sort());
  for (const folder of folders) expect(existsSync(join(import.meta.dirname, folder, "index.ts")), folder).toBe(true);
});

test.each(clusterParts)("no step is forgotten for $name", (part) => {
  expect(forgottenSteps(part)).toEqual([]);
});

describe.each(clusterParts)("an environment with $name", (part) => {
  const applied = (facts: Parameters<typeof part.objects>[0]): KubernetesObject[] =>
    partsOf(facts.environment).flatMap(({ objects }) => objects(facts));

  test("has each object once", () => {
    for (const facts of examplesOf(part)) {
      const names = applied(facts).map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

test("the environment file alone says which pod network there is", () => {
  const names = (settings: object) => partsOf(clusterFacts(settings).environment).map(({ name }) => name);
  expect(names({})).toEqual(["cluster-dns", "flannel", "storage"]);
  expect(names(calico.example)).toEqual(["cluster-dns", "calico", "storage"]);
});
