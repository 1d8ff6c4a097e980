import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type LoadedTransforms, loadTransforms, type Transforms } from "../config/transforms.ts";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";
import { resourceRules } from "../policies/rules/index.ts";
import { programResources } from "../tests/harness/policies/program-resources.ts";
import { SiteTransforms } from "./transforms.ts";

// The first to load a large cloud's SDK waits for it.
const loading = { timeout: 60_000 };

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

const loadedFrom = (transforms: Transforms): LoadedTransforms => ({
  path: "/sites/Pulumi.dev.transform.ts",
  types: Object.keys(transforms),
  code: "",
  apply: (type, args, context) => ({ ...transforms[type]?.(args as never, context) }),
});

/** Runs the program for an example with these transforms. Gives what it registers, and what its policies find. */
async function run(name: string, transforms: LoadedTransforms) {
  const applied = new SiteTransforms(transforms);
  const { resources, ...surroundings } = await programResources(name, { transforms: applied });
  const findings = resources.flatMap((resource) =>
    resourceRules.flatMap((rule) =>
      rule.check({ resource, ...surroundings }).map(({ path }) => `${rule.name} ${path}`),
    ),
  );
  return { applied, resources, findings };
}

test.each([
  {
    example: "aws-operation",
    type: ingressRule,
    opened: ({ fromPort, ...args }: { fromPort?: number; cidrIpv4?: string }) =>
      fromPort === 22 && args.cidrIpv4 ? { ...args, fromPort, cidrIpv4: "0.0.0.0/0" } : { ...args, fromPort },
    property: "cidrIpv4",
  },
  {
    example: "openstack-operation",
    type: "openstack:networking/secGroupRule:SecGroupRule",
    opened: (args: { portRangeMin?: number; remoteIpPrefix?: string }) =>
      args.portRangeMin === 22 && args.remoteIpPrefix ? { ...args, remoteIpPrefix: "0.0.0.0/0" } : args,
    property: "remoteIpPrefix",
  },
])("a transform on $example that lets everybody in by SSH is found by the policies", loading, async (each) => {
  const { type, opened, property } = each;
  const { applied, findings } = await run(each.example, loadedFrom({ [type]: opened }));
  expect(findings).toEqual([
    expect.stringMatching(/^cloud-firewall-is-not-world-open platform-firewall-bastion-tcp-22-/),
  ]);
  expect(applied.changed).toEqual([{ type, name: expect.stringContaining("bastion-tcp-22"), properties: [property] }]);
});

test("each resource of the type gets its arguments, with its machine, and nothing else changes", loading, async () => {
  const seen: (string | undefined)[][] = [];
  const type = "openstack:networking/port:Port";
  const { applied, resources, findings } = await run(
    "openstack-operation",
    loadedFrom({
      [type]: (args: object, { name, machine }) => {
        seen.push([name, machine?.name, machine?.role]);
        return machine?.role === "master" ? { ...args, adminStateUp: true } : args;
      },
    }),
  );
  expect(seen).toContainEqual(["platform-master-1-port", "master-1", "master"]);
  expect(seen).toContainEqual(["platform-registry-port", "registry", "registry"]);
  const masters = ["platform-master-1-port", "platform-master-2-port", "platform-master-3-port"];
  expect(applied.changed.map(({ name }) => name).sort()).toEqual(masters);
  expect(findings).toEqual([]);
  const untouched = await run("openstack-operation", loadedFrom({}));
  const others = (all: typeof resources) =>
    new Map(all.flatMap((one) => (masters.includes(one.name) ? [] : [[`${one.type} ${one.name}`, one] as const])));
  expect(others(resources)).toEqual(others(untouched.resources));
});

test("arguments changed in place count, those that stay the same do not", loading, async () => {
  const { applied, resources } = await run(
    "aws-operation",
    loadedFrom({
      "aws:ec2/instance:Instance": (args: { rootBlockDevice: { volumeSize: number }; tags: object }, { machine }) => {
        if (machine?.role === "worker") args.rootBlockDevice.volumeSize += 1;
        return { ...args, tags: { ...args.tags } };
      },
    }),
  );
  expect(applied.changed.length).toBeGreaterThan(0);
  for (const { name, properties } of applied.changed) {
    expect(name).toMatch(/^platform-worker-\d+$/);
    expect(properties).toEqual(["rootBlockDevice"]);
  }
  expect(resources.filter(({ type }) => type === "aws:ec2/instance:Instance").length).toBeGreaterThan(
    applied.changed.length,
  );
});

test("a type of which there is no resource is warned of", loading, async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const { applied } = await run(
    "local",
    loadedFrom({
      "kpaas:local:Volume": (args: object) => args,
      "aws:ec2/instanse:Instanse": (args: object) => args,
    }),
  );
  expect(applied.unregistered).toEqual(["aws:ec2/instanse:Instanse"]);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    "/sites/Pulumi.dev.transform.ts transforms types that this environment has no resource of: aws:ec2/instanse:Instanse",
  ]);
  warn.mockRestore();
});

describe("the example in docs/transform.md", () => {
  const text = readFileSync(join(repository, "docs/transform.md"), "utf8");
  const [aws = "", openstack = ""] = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const folder = mkdtempSync(join(tmpdir(), "kpaas-transform-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["aws-operation", aws, ["platform-worker-1", "aws"]],
    ["openstack-operation", openstack, ["platform-haproxy-1", "platform-network"]],
  ])("changes %s and keeps every rule", loading, async (name, code, some) => {
    writeFileSync(join(folder, `Pulumi.${name}.transform.ts`), code);
    const loaded = await loadTransforms(join(folder, `Pulumi.${name}.yaml`));
    const { applied, findings } = await run(name, loaded as LoadedTransforms);
    expect(applied.changed.map((one) => one.name)).toEqual(expect.arrayContaining(some));
    expect(applied.unregistered).toEqual([]);
    expect(findings).toEqual([]);
  });
});

test("one that fails ends the program, and is kept to be told", loading, async () => {
  const failing = new SiteTransforms(
    loadedFrom({
      "kpaas:local:Volume": () => {
        throw new UserError("no");
      },
    }),
  );
  await expect(programResources("local", { transforms: failing })).rejects.toThrow("no");
  expect(failing.failure).toEqual(new UserError("no"));
});
