import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { type Aspect, readerOf } from "../config/infrastructure/resource-types.ts";
import { example, exampleNames } from "../tests/harness/environments/shipped-examples.ts";
import { programResources, resource, surroundingsOf } from "../tests/harness/policies/program-resources.ts";
import { type Case, resourceCases } from "../tests/harness/policies/resource-cases.ts";
import { knownProperties, parentTypesOf, type ResourceFacts } from "./resource.ts";
import { resourceRules } from "./rules/index.ts";

const find = (facts: ResourceFacts) =>
  resourceRules.flatMap((rule) => rule.check(facts).map((finding) => ({ rule: rule.name, ...finding })));

const factsOf = ({ kind, ...resource }: Case): ResourceFacts => ({
  resource,
  purpose: "operation",
  ...surroundingsOf(kind),
});

// The first to load a large cloud's SDK waits for it.
const loading = { timeout: 120_000 };

/** Finds what breaks a rule in an example; rules that its file relaxes are kept apart. */
async function findingsOf(name: string, options: { unknown?: boolean } = {}) {
  const { resources, ...surroundings } = await programResources(name, options);
  const { rules } = example(name).policies;
  const findings = resources.flatMap((resource) => find({ resource, ...surroundings }));
  return {
    resources,
    ...surroundings,
    relaxed: findings.filter(({ rule }) => rules[rule]),
    broken: findings.filter(({ rule }) => !rules[rule]),
  };
}

test.each(exampleNames)("what the program registers for the example %s keeps every rule", loading, async (name) => {
  const { broken } = await findingsOf(name);
  expect(broken).toEqual([]);
});

test("where a cloud encrypts no disk, operation is told of every machine and every disk", loading, async () => {
  const { relaxed, resources } = await findingsOf("naver-operation");
  const disks = resources.filter(({ type }) => /:(Server|BlockStorage)$/.test(type)).map(({ name }) => name);
  const told = relaxed.filter(({ rule }) => rule === "disks-are-encrypted").map(({ path }) => path.split(".")[0]);
  expect(disks.length).toBeGreaterThan(10);
  expect(told).toEqual(disks);
});

test.each(exampleNames)("what is unknown at the first preview of %s breaks no rule", loading, async (name) => {
  const { resources, types, broken } = await findingsOf(name, { unknown: true });
  expect(resources.length).toBeGreaterThan(20);
  expect(broken).toEqual([]);
  if (name.startsWith("local")) return;

  const having = (aspect: Aspect) => resources.filter(({ type }) => readerOf(types[type], aspect));
  const inflows = resources.flatMap(({ type, properties }) => readerOf(types[type], "inflows")?.(properties) ?? []);
  expect(inflows.length).toBeGreaterThan(0);
  // The jump host has one, too. Where there are several masters, none has the only copy of etcd's data.
  const { masters } = example(name).containerPlatform;
  const disks = 3 + (name.endsWith("-application") ? 1 : 0) + (masters.count === 1 ? 1 : 0);
  expect(having("protection").filter(({ protect }) => protect)).toHaveLength(disks);
  // Naver's servers have no tags.
  if (!name.startsWith("naver")) expect(having("tags").length).toBeGreaterThan(5);
});

/** Faults that were found on some clouds only as long as rules listed the types they knew. */
const everywhere: [string, string, Aspect][] = [
  ["SSH open to all", "cloud-firewall-is-not-world-open", "inflows"],
  ["a worker's public address", "only-the-front-has-public-addresses", "publicAddress"],
  ["an unprotected disk", "data-disks-are-protected", "protection"],
  ["an unencrypted disk", "disks-are-encrypted", "encryption"],
];

describe.each(everywhere)("%s is found on every cloud", (_what, name, aspect) => {
  const rule = resourceRules.find((one) => one.name === name);
  test.each(infrastructureKinds())("%s", (kind) => {
    const applies = Object.values(surroundingsOf(kind).types).some((type) => readerOf(type, aspect));
    const broken = resourceCases[name]?.broken.filter((one) => one.kind === kind) ?? [];
    // Where the aspect applies to no type at all, the table has the reason.
    expect(broken.length > 0).toBe(applies);
    for (const one of broken) expect(rule?.check(factsOf(one))).not.toEqual([]);
  });
});

test("a disk of one master among several may go with it, that of a single one may not", () => {
  const rule = resourceRules.find(({ name }) => name === "data-disks-are-protected");
  const found = (component: string, masters: number) => {
    const disk = resource("openstack:blockstorage/volume:Volume", {}, { parentTypes: [component] });
    return rule?.check({ resource: disk, purpose: "operation", ...surroundingsOf("openstack", masters) }).length;
  };
  expect(found("kpaas:index:MasterNodes", 3)).toBe(0);
  expect(found("kpaas:index:MasterNodes", 1)).toBe(1);
  expect(found("kpaas:index:StorageServer", 3)).toBe(1);
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
  const titled = (cases: Case[]) =>
    cases.map((one) => [`${one.kind}: ${one.type}`, JSON.stringify(one.properties), one] as const);

  test.each(titled(broken))("is broken by %s %s", (_type, _properties, one) => {
    const findings = rule.check(factsOf(one));
    expect(findings.length).toBeGreaterThan(0);
    for (const { path, message } of findings) {
      expect(path).toMatch(/^example/);
      expect(message).not.toBe("");
    }
  });

  test.each(titled(kept))("is kept by %s %s", (_type, _properties, one) => {
    expect(rule.check(factsOf(one))).toEqual([]);
  });
});

test("no property, whatever stands there, makes a rule fail to run", () => {
  const cases = Object.values(resourceCases).flatMap(({ broken, kept }) => [...broken, ...kept]);
  const value = fc.oneof(fc.constant(undefined), fc.constant(null), fc.anything());
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.array(value), (one, values) => {
      const keys = Object.keys(one.properties);
      const properties = Object.fromEntries(keys.map((key, index) => [key, values[index]]));
      find(factsOf({ ...one, properties }));
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
