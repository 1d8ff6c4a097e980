import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleNames } from "../tests/harness/environments/shipped-examples.ts";
import { programResources } from "../tests/harness/policies.ts";
import { resourceCases } from "../tests/harness/resource-cases.ts";
import { knownProperties, parentTypesOf, type Resource, type ResourceFacts } from "./resource.ts";
import { resourceRules } from "./rules/index.ts";
import { inflowsOf } from "./rules/inflows.ts";
import { machineTags, volumeTypes } from "./rules/resources.ts";

const find = (resource: Resource, purpose: ResourceFacts["purpose"] = "operation") =>
  resourceRules.flatMap((rule) =>
    rule.check({ resource, purpose }).map((finding) => ({ rule: rule.name, ...finding })),
  );

// The first to load a large cloud's SDK waits for it.
const loading = { timeout: 60_000 };

const examplesOn = (...kinds: string[]) => exampleNames.filter((name) => kinds.includes(name.split("-")[0] ?? ""));

/** Whose programs run against mocks as they are; others read more of the cloud's answers than mocks give. */
const answered = examplesOn("local", "openstack", "aws", "naver");
const previewed = [...answered, ...examplesOn("azure")];

test.each(answered)("what the program registers for the example %s keeps every rule", loading, async (name) => {
  const { resources, purpose } = await programResources(name);
  expect(resources.flatMap((resource) => find(resource, purpose))).toEqual([]);
});

test.each(previewed)("what is unknown at the first preview of %s breaks no rule", loading, async (name) => {
  const { resources, purpose } = await programResources(name, { unknown: true });
  expect(resources.length).toBeGreaterThan(20);
  expect(resources.flatMap((resource) => find(resource, purpose))).toEqual([]);
});

const inClouds = previewed.filter((name) => !name.startsWith("local"));

test.each(inClouds)("the rules know the types that %s is made of", loading, async (name) => {
  const { resources } = await programResources(name, { unknown: true });
  const count = (is: (one: Resource) => boolean) => resources.filter(is).length;
  expect(count((one) => inflowsOf(one).length > 0)).toBeGreaterThan(0);
  // The jump host has one, too.
  const disks = name.endsWith("-application") ? 4 : 3;
  expect(count(({ type, protect }) => volumeTypes.includes(type) && protect)).toBe(disks);
  // Naver's servers have no tags.
  if (!name.startsWith("naver")) expect(count(({ type }) => type in machineTags)).toBeGreaterThan(5);
});

test("each rule has resources that break it and such that keep it", () => {
  expect(Object.keys(resourceCases).sort()).toEqual(resourceRules.map(({ name }) => name).sort());
  for (const { broken, kept } of Object.values(resourceCases)) {
    expect(broken.length).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(0);
  }
});

describe.each(resourceRules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  const { broken = [], kept = [] } = resourceCases[name] ?? {};
  const titled = (resources: Resource[]) =>
    resources.map((one) => [one.type, JSON.stringify(one.properties), one] as const);

  test.each(titled(broken))("is broken by %s %s", (_type, _properties, one) => {
    const findings = rule.check({ resource: one, purpose: "operation" });
    expect(findings.length).toBeGreaterThan(0);
    for (const { path, message } of findings) {
      expect(path).toMatch(/^example/);
      expect(message).not.toBe("");
    }
  });

  test.each(titled(kept))("is kept by %s %s", (_type, _properties, one) => {
    expect(rule.check({ resource: one, purpose: "operation" })).toEqual([]);
  });
});

test("no property, whatever stands there, makes a rule fail to run", () => {
  const cases = Object.values(resourceCases).flatMap(({ broken, kept }) => [...broken, ...kept]);
  const value = fc.oneof(fc.constant(undefined), fc.constant(null), fc.anything());
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.array(value), (one, values) => {
      const keys = Object.keys(one.properties);
      const properties = Object.fromEntries(keys.map((key, index) => [key, values[index]]));
      find({ ...one, properties });
    }),
    { numRuns: 500 },
  );
});

test("what is not known yet is left out: reading it throws, as the engine's own proxy does", () => {
  const unknown = {
    get address(): string {
      throw new Error("can't be known during preview");
    },
  };
  const rules = [{ cidrBlocks: ["10.0.0.0/8"], ...Object.create(null) }, unknown];
  expect(knownProperties({ ...{ name: "a", rules }, inner: unknown })).toEqual({
    name: "a",
    rules: [{ cidrBlocks: ["10.0.0.0/8"] }, {}],
    inner: {},
  });
});

test("a resource's parents are read off its URN", () => {
  const urn =
    "urn:pulumi:dev::kpaas::kpaas:index:ContainerPlatform$kpaas:index:WorkerPool$aws:ec2/instance:Instance::w-1";
  expect(parentTypesOf(urn)).toEqual(["kpaas:index:ContainerPlatform", "kpaas:index:WorkerPool"]);
  expect(parentTypesOf("urn:pulumi:dev::kpaas::aws:ec2/vpc:Vpc::v")).toEqual([]);
});
