import "../stacks/infrastructures.ts";
import { describe, expect, test } from "vitest";
import { environmentSchema } from "../config/json-schema.ts";
import { exampleSettings } from "../tests/harness/environments/shipped-examples.ts";
import { outcomeOf } from "./edit-outcome.ts";
import { edited, editedPlatform, isEdited, type UsualEdit, usualEdits } from "./usual-edits.ts";

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
}

/** Gives the paths of all settings that hold no others; `*` stands for any name or entry. */
function leaves({ properties, additionalProperties, items }: Schema, above: readonly string[] = []): string[] {
  if (properties) return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, [...above, key]));
  if (typeof additionalProperties === "object") return leaves(additionalProperties, [...above, "*"]);
  if (items) return leaves(items, items.properties ? [...above, "*"] : above);
  return [above.join(".")];
}

const settings = leaves(environmentSchema()).filter(
  (path) => !/^(infrastructure|applicationPlatform)(\.|$)/.test(path),
);

test("every setting is changed by an edit or kept for life", () => {
  expect(settings.length).toBeGreaterThan(55);
  expect(settings).toEqual(expect.arrayContaining(["network.podCidr", "containerPlatform.workerPools.*.size.vcpus"]));
  expect(settings.filter((path) => !isEdited(path))).toEqual([]);
});

test("an edit that is not listed is missed", () => {
  expect(isEdited("containerPlatform.masters.colour")).toBe(false);
});

test("no two edits have one name", () => {
  const names = usualEdits.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(40);
});

describe("an outcome", () => {
  const base = edited(exampleSettings("openstack-operation"), editedPlatform);
  const named = (name: string) => usualEdits.find((edit) => edit.name === name) as UsualEdit;
  const outcome = (name: string, settings = base) => outcomeOf("platform", settings, named(name));

  test("names machines that come and that go", () => {
    expect(outcome("one more pool")).toMatchObject({ made: ["gpu-1", "gpu-2"], removed: [], refused: [], rollout: [] });
    expect(outcome("masters, 3 to 1")).toMatchObject({ made: [], removed: ["master-2", "master-3"] });
  });

  test("tells what the platform refuses, and what the schema does", () => {
    const paths = (name: string) => outcome(name)?.refused.map(({ path }) => path);
    expect(paths("the pods' range")).toEqual(["network.podCidr"]);
    expect(paths("the disks' type")).toEqual(["infrastructure.diskType"]);
    expect(paths("what serves volumes")).toEqual(["containerPlatform.storage.kind"]);
  });

  test("is none where the platform has no such setting", () => {
    expect(outcome("HAProxy's generation", edited(exampleSettings("aws-operation"), editedPlatform))).toBeUndefined();
  });

  test("leaves the settings as they were", () => {
    const before = structuredClone(base);
    outcome("a pool's labels");
    expect(base).toEqual(before);
  });
});
