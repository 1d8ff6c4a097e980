import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repository } from "../../../lib/repository.ts";
import { type Properties, unknownValue } from "../../../provider/values.ts";
import type { Cloud } from "./cloud.ts";
import { aws } from "./clouds/aws.ts";
import { gcp } from "./clouds/gcp.ts";
import { openstack } from "./clouds/openstack.ts";
import { Declarations } from "./declarations.ts";
import { FaultPlan } from "./faults.ts";
import { SimulatedCloudProvider } from "./provider.ts";
import { ObjectStore } from "./store.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-simulated-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Gives a cloud as the Pulumi engine sees it, without an engine. */
function simulated(name: string, cloud: Cloud) {
  const declarations = new Declarations(join(repository, "node_modules", String(cloud.sdk)));
  const [store, faults] = [new ObjectStore(folder), new FaultPlan(folder, cloud.refusal, () => {})];
  const provider = new SimulatedCloudProvider({ name, version: "1.0.0" }, cloud, declarations, store, faults);
  const urn = (type: string, object: string) => `urn:pulumi:test::kpaas::${name}:${type}::${object}`;
  return {
    make: async (type: string, object: string, inputs: Properties = {}) =>
      (await provider.create(urn(type, object), inputs)).id,
    remove: (type: string, id: string) => provider.delete(id, urn(type, "it")),
    there: () => store.list().map((object) => object.name),
    replaces: (type: string, before: Properties, after: Properties) =>
      provider.diff("id", urn(type, "it"), before, after).replaces,
    paths: (type: string, before: Properties, after: Properties) =>
      provider.diff("id", urn(type, "it"), before, after).paths.map(({ path, kind }) => `${kind} ${path}`),
    created: (type: string, inputs: Properties) => provider.previewCreate(urn(type, "it"), inputs),
    previewed: (type: string, before: Properties, after: Properties) =>
      provider.previewUpdate("id", urn(type, "it"), before, after),
  };
}

test("on openstack a security group takes its rules, and those that name it, with it", async () => {
  const { make, remove, there } = simulated("openstack", openstack);
  const [group, rule] = ["networking/secGroup:SecGroup", "networking/secGroupRule:SecGroupRule"];
  const [masters, workers] = [await make(group, "masters"), await make(group, "workers")];
  await make(rule, "of-masters", { securityGroupId: masters });
  await make(rule, "masters-to-workers", { securityGroupId: workers, remoteGroupId: masters });
  await make(rule, "of-workers", { securityGroupId: workers });
  await remove(group, masters);
  expect(there().sort()).toEqual(["of-workers", "workers"]);
});

test("a pool of Octavia takes its members and monitor with it, one of Neutron's own load balancer is kept by a member", async () => {
  const { make, remove, there } = simulated("openstack", openstack);
  const type = "loadbalancer/pool:Pool";
  const [pool, other] = [await make(type, "pool"), await make(type, "other")];
  await make("loadbalancer/members:Members", "members", { poolId: pool });
  await make("loadbalancer/monitor:Monitor", "monitor", { poolId: pool });
  await make("loadbalancer/member:Member", "member", { poolId: other });
  await remove(type, pool);
  await expect(remove(type, other)).rejects.toThrow(/Pool .* is in use/);
  expect(there().sort()).toEqual(["member", "other"]);
});

test("on aws a security group that another's rule names cannot be deleted", async () => {
  const { make, remove, there } = simulated("aws", aws);
  const group = "ec2/securityGroup:SecurityGroup";
  const [masters, workers] = [await make(group, "masters"), await make(group, "workers")];
  await make("ec2/securityGroupRule:SecurityGroupRule", "rule", {
    securityGroupId: workers,
    sourceSecurityGroupId: masters,
  });
  await expect(remove(group, masters)).rejects.toThrow("DependencyViolation");
  expect(there()).toHaveLength(3);
});

test("on aws new user-data makes a new instance where it asks for that, and nowhere else", async () => {
  const { replaces } = simulated("aws", aws);
  const type = "ec2/instance:Instance";
  const [before, after] = [{ userDataBase64: "b25l" }, { userDataBase64: "dHdv" }];
  const asks = { userDataReplaceOnChange: true };
  expect(replaces(type, before, after)).toEqual([]);
  expect(replaces(type, { ...before, ...asks }, { ...after, ...asks })).toEqual(["userDataBase64"]);
});

test("a difference is told by the paths of what has changed, as replaceOnChanges names them", () => {
  const { paths } = simulated("gcp", gcp);
  const type = "compute/instance:Instance";
  const before = {
    metadata: { "user-data": "one", "ssh-keys": "key" },
    bootDisk: { initializeParams: { image: "old", size: 40 } },
    attachedDisks: [{ source: "disk-1" }],
    tags: ["worker"],
  };
  const after = {
    metadata: { "user-data": "two", "ssh-keys": "key" },
    bootDisk: { initializeParams: { image: "new" } },
    attachedDisks: [{ source: "disk-1" }, { source: "disk-2" }],
    tags: ["worker"],
  };
  expect(paths(type, before, after)).toEqual([
    'UPDATE metadata["user-data"]',
    "UPDATE bootDisk.initializeParams.image",
    "DELETE bootDisk.initializeParams.size",
    "ADD attachedDisks[1]",
  ]);
  expect(paths(type, before, before)).toEqual([]);
});

test("a previewed new object knows nothing of what its cloud adds, within its inputs neither", () => {
  const { created } = simulated("gcp", { ...gcp, types: { Instance: { addsWithin: { disk: ["id", "name"] } } } });
  const inputs = { zone: "a", disk: { name: "given" } };
  expect(created("compute/instance:Instance", inputs)).toEqual({
    zone: "a",
    disk: { name: "given", id: unknownValue },
  });
});

test("a previewed update has what it asks for, and what it leaves as it is", () => {
  const { previewed } = simulated("gcp", gcp);
  const type = "compute/instance:Instance";
  const before = { machineType: "small", zone: "a", instanceId: "17" };
  expect(previewed(type, before, { machineType: "large", zone: "a" })).toEqual({
    machineType: "large",
    zone: "a",
    instanceId: "17",
  });
});
