import { delimiter } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, TestPlatform } from "../e2e-local/platform.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../simulated-machines/start.ts";
import { type Devcloud, devcloud, type Kind } from "./devcloud.ts";
import { openstackPlugin } from "./plugin.ts";

const name = "e2e-killed";

let cloud: Devcloud;
let machines: SimulatedMachines;
let platform: TestPlatform;

beforeAll(async () => {
  [cloud, machines] = await Promise.all([devcloud(name), startSimulatedMachines()]);
  platform = new TestPlatform(name, {
    ...cloud.environment,
    ...machines.environment,
    PATH: `${await openstackPlugin(console.log)}${delimiter}${process.env.PATH}`,
  });
  platform.configure({
    infrastructure: { kind: "openstack" },
    network: { cidr: "10.191.0.0/24", adminCidrs: ["198.51.100.0/24"] },
  });
});

afterAll(async () => {
  cloud?.continueHypervisors();
  await platform?.kpaas("destroy", ["--yes"]);
  platform?.removeFolder();
  machines?.stop();
});

/** Without what Nova and Neutron make on their own account: servers' ports and boot disks, groups' rules for what goes out. */
async function made(): Promise<Record<string, string>> {
  const { port, volume, securityGroupRule, ...rest } = await cloud.inventory();
  const asked = {
    ...rest,
    port: port.filter(({ name }) => name !== ""),
    volume: volume.filter(({ name }) => name !== ""),
    securityGroupRule: securityGroupRule.filter(({ direction }) => direction === "ingress"),
  };
  return Object.fromEntries(
    Object.entries(asked).flatMap(([kind, items]) => items.map(({ id, name }) => [id, `${kind} ${name}`])),
  );
}

test("up killed at one moment after another, then left alone, has made each thing once", async () => {
  const moments: [Kind, number][] = [
    ["router", 1],
    ["securityGroupRule", 20],
    ["port", 6],
    ["volume", 2],
    ["server", 1],
    ["floatingIp", 1],
  ];
  for (const [kind, count] of moments) {
    const killWhen = eventually(300, async () =>
      expect((await cloud.inventory())[kind].length).toBeGreaterThanOrEqual(count),
    );
    // As the servers are found again they are still in the making, which the provider takes for an error.
    if (kind === "server") cloud.stopHypervisors();
    const killed = await platform.kpaas("up", [], { killWhen });
    expect(killed.code, `killed when there was ${count} ${kind}\n${killed.stderr}`).toBeNull();
    if (kind === "server") setTimeout(cloud.continueHypervisors, 15_000);
  }
  await platform.kpaasOk("up");
  const [things, known] = [await made(), await platform.idsInState()];
  expect(Object.entries(things).filter(([id]) => !known.has(id))).toEqual([]);
  expect(await platform.changes("preview")).toEqual([]);
});

test("destroy leaves nothing of it", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(await made()).toEqual({});
});
