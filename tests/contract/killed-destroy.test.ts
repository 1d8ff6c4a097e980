import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const name = "killed-destroy";

let simulated: SimulatedPlatform;
let cloud: SimulatedCloud;
let platform: TestPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform(name, { name: "openstack" });
  ({ cloud, platform } = simulated);
  platform.configure({ infrastructure: { kind: "openstack" }, network: { adminCidrs: ["203.0.113.0/24"] } });
  await platform.kpaasOk("up");
});

afterAll(() => simulated?.stop());

const idsOf = (type: string) => cloud.list().flatMap((each) => (each.type.endsWith(`:${type}`) ? each.id : []));

/** Kills a destroy when the state has lost the firewall's rules, which the cloud is about to delete together with their groups. */
async function killedBetween(): Promise<string[]> {
  const rules = idsOf("SecGroupRule");
  cloud.setFaults({ stallAfter: { "networking/secGroup:SecGroup": 0 } });
  const killWhen = eventually(60, async () => {
    const known = await platform.idsInState();
    expect(rules.filter((id) => known.has(id))).toEqual([]);
  });
  expect((await platform.kpaas("destroy", ["--yes"], { killWhen })).code).toBeNull();
  cloud.setFaults({});
  expect(rules.length).toBeGreaterThan(20);
  expect(idsOf("SecGroupRule").sort()).toEqual(rules.sort());
  return rules;
}

test("up after a destroy that was killed takes over what the cloud would have deleted together with its owner", async () => {
  const rules = await killedBetween();
  await platform.kpaasOk("up");
  expect(idsOf("SecGroupRule").sort()).toEqual(rules.sort());
  expect(await simulated.unknownToState()).toEqual([]);
  expect(await platform.changes("preview")).toEqual([]);
});

test("destroy after a destroy that was killed leaves nothing", async () => {
  await killedBetween();
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
});
