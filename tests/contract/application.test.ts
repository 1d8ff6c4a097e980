import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform } from "../e2e-local/platform.ts";
import { debugProviders, type SimulatedCloud, startSimulatedCloud } from "../simulated-cloud/simulated-cloud.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../simulated-machines/start.ts";

const name = "application";

let cloud: SimulatedCloud;
let machines: SimulatedMachines;
let platform: TestPlatform;

beforeAll(async () => {
  platform = new TestPlatform(name);
  [cloud, machines] = await Promise.all([
    startSimulatedCloud({ name: "aws", storeFolder: join(platform.folder, "cloud") }),
    startSimulatedMachines(),
  ]);
  const { PULUMI_DEBUG_PROVIDERS } = machines.environment;
  platform.addEnvironment({ PULUMI_DEBUG_PROVIDERS: `${PULUMI_DEBUG_PROVIDERS},${debugProviders(cloud)}` });
  platform.configure({
    infrastructure: { kind: "aws" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com" },
  });
});

afterAll(async () => {
  machines?.stop();
  await cloud?.stop();
  platform?.removeFolder();
});

const count = (type: string) => cloud.list().filter((object) => object.type.endsWith(type)).length;

test("AWS takes what BOSH makes the application platform on: 104 ports at the load balancer, the jump host, the director's identity", async () => {
  await platform.kpaasOk("up");
  expect(count("lb/listener:Listener")).toBe(104);
  expect(count("iam/instanceProfile:InstanceProfile")).toBeGreaterThan(0);
  const instances = cloud.list().filter(({ type }) => type.endsWith("ec2/instance:Instance"));
  expect(instances.map((instance) => instance.name)).toContain("applications-jumphost");
});

test("a second preview is empty", async () => {
  const { resources } = await platform.kpaasJson<{ resources: { op: string }[] }>("preview");
  expect(resources.filter(({ op }) => op !== "same" && op !== "refresh")).toEqual([]);
});

test("destroy leaves nothing", async () => {
  await platform.kpaasOk("destroy", ["--yes", "--keep-bosh-vms"]);
  expect(cloud.list()).toEqual([]);
});
