import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestPlatform } from "../e2e-local/platform.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../simulated-cloud/platform.ts";
import type { SimulatedCloud } from "../simulated-cloud/simulated-cloud.ts";

const name = "application";

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "aws" });
  ({ cloud, platform } = simulated);
  platform.configure({
    infrastructure: { kind: "aws" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com" },
  });
});

afterAll(() => simulated?.stop());

const count = (type: string) => cloud.list().filter((object) => object.type.endsWith(type)).length;

test("AWS takes what BOSH makes the application platform on: 104 ports at the load balancer, the jump host, the director's identity", async () => {
  await platform.kpaasOk("up");
  expect(count("lb/listener:Listener")).toBe(104);
  expect(count("iam/instanceProfile:InstanceProfile")).toBeGreaterThan(0);
  const instances = cloud.list().filter(({ type }) => type.endsWith("ec2/instance:Instance"));
  expect(instances.map((instance) => instance.name)).toContain("applications-jumphost");
});

test("a second preview is empty", async () => {
  expect(await platform.changes("preview")).toEqual([]);
});

test("destroy leaves nothing", async () => {
  await platform.kpaasOk("destroy", ["--yes", "--keep-bosh-vms"]);
  expect(cloud.list()).toEqual([]);
});
