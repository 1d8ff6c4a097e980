import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "transform";
const instance = "aws:ec2/instance:Instance";

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
  platform.configure({ infrastructure: { kind: "aws" }, network: { adminCidrs: ["203.0.113.0/24"] } });
});

afterAll(() => simulated?.stop());

const write = (text: string) => writeFileSync(join(platform.folder, "stacks", `Pulumi.${name}.transform.ts`), text);

test("up makes machines as the transform has them, and tells how many", async () => {
  write(`import type { InstanceArgs } from "@pulumi/aws/ec2/index.js";

export default {
  "${instance}": (args: InstanceArgs, { machine }): InstanceArgs =>
    machine?.role === "worker" ? { ...args, monitoring: true } : args,
};
`);
  const { stdout, stderr } = await platform.kpaasOk("up");
  expect(stdout).toContain(`changed by transform: 1 resource (${instance})`);
  expect(stderr).not.toContain("has no resource of");
  const monitored = cloud.list().filter(({ inputs }) => inputs.monitoring);
  expect(monitored.map((object) => object.name)).toEqual(["platform-worker-1"]);
});

test("a second preview finds no change", async () => {
  const { resources, transformed } = await platform.kpaasJson<{ resources: { op: string }[]; transformed: unknown }>(
    "preview",
  );
  expect(resources.filter(({ op }) => op !== "same")).toEqual([]);
  expect(transformed).toEqual([{ type: instance, name: "platform-worker-1", properties: ["monitoring"] }]);
});

test("status compares with the environment as it was last given to the engine, without its file, too", async () => {
  write("export default {};");
  const { drift } = await platform.kpaasJson<{ drift: unknown }>("status", ["--drift"]);
  expect(drift).toMatchObject({ status: "none" });
});

test("the policies judge what a transform makes of a firewall rule", async () => {
  write(`export default {
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (args) =>
    args.fromPort === 22 && args.cidrIpv4 ? { ...args, cidrIpv4: "0.0.0.0/0" } : args,
};
`);
  const { code, stderr } = await platform.kpaas("preview");
  expect(stderr).toContain("policy cloud-firewall-is-not-world-open");
  expect(code).toBe(1);
});

test("a transform that fails is told with its line and the resource, and nothing is changed", async () => {
  write(`export default {
  "${instance}": (args) => ({ ...args, tags: args.tagz.length }),
};
`);
  const before = cloud.list();
  const { code, stderr } = await platform.kpaas("up");
  expect(stderr).toMatch(
    /error: .*Pulumi\.transform\.transform\.ts:2: the transform of aws:ec2\/instance:Instance failed \(Cannot read .*\) for platform-\S+\n/,
  );
  expect(stderr).not.toMatch(/\n\s+at |this is a bug/);
  expect(code).toBe(2);
  expect(cloud.list()).toEqual(before);
});

test("destroy leaves nothing, whatever the file has become", async () => {
  write("const = 1;");
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
});
