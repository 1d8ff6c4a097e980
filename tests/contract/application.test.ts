import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestPlatform } from "../e2e-local/platform.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../simulated-cloud/platform.ts";
import type { SimulatedCloud } from "../simulated-cloud/simulated-cloud.ts";

const clouds = [
  { kind: "alibaba", plugin: "alicloud" },
  { kind: "aws", plugin: "aws" },
  { kind: "azure", plugin: "azure-native" },
  { kind: "gcp", plugin: "gcp" },
];

describe.each(clouds)("application platform on $kind", ({ kind, plugin }) => {
  const name = `application-${kind}`;
  let simulated: SimulatedPlatform;
  let cloud: SimulatedCloud;
  let platform: TestPlatform;

  beforeAll(async () => {
    simulated = await startSimulatedPlatform(name, { name: plugin });
    ({ cloud, platform } = simulated);
    platform.configure({
      infrastructure: { kind },
      network: { adminCidrs: ["203.0.113.0/24"] },
      applicationPlatform: { systemDomain: "cf.example.com" },
    });
    const file = join(platform.folder, "stacks", `Pulumi.${name}.yaml`);
    appendFileSync(file, `  kpaas:bosh-director: '{"username":"key-id","password":"key-secret"}'\n`);
  });

  afterAll(() => simulated?.stop());

  test("up", async () => {
    await platform.kpaasOk("up");
    const counts: Record<string, number> = {};
    for (const { type } of cloud.list()) counts[type] = (counts[type] ?? 0) + 1;
    console.log(counts, await simulated.unknownToState());
    (await import("node:fs")).writeFileSync(`/tmp/w/appc-${kind}.json`, JSON.stringify(cloud.list(), null, 1));
  });

  test("a second preview is empty", async () => {
    expect(await platform.changes("preview")).toEqual([]);
  });

  test("destroy leaves nothing", async () => {
    await platform.kpaasOk("destroy", ["--yes", "--keep-bosh-vms"]);
    expect(cloud.list()).toEqual([]);
  });
});
