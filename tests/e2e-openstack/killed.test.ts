import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { Devcloud, Kind } from "./devcloud.ts";
import { type OpenstackPlatform, openstackPlatform } from "./openstack-platform.ts";

const name = "e2e-killed";

let cloud: Devcloud;
let platform: TestPlatform;
let stop: OpenstackPlatform["stop"];

beforeAll(async () => {
  ({ cloud, platform, stop } = await openstackPlatform(name));
  platform.configure({
    infrastructure: { kind: "openstack" },
    network: { cidr: "10.191.0.0/24", adminCidrs: ["198.51.100.0/24"] },
  });
});

afterAll(async () => {
  cloud?.continueHypervisors();
  await stop?.();
});

/** Leaves out what Nova and Neutron make by themselves: servers' ports and boot disks, groups' rules for what goes out. */
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
    const killWhen = cloud.untilMade(kind, count);
    // The servers would be found again while still in the making, which the provider takes for an error.
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

test("destroy killed between what the state forgets and the cloud's deleting it, then left alone, leaves nothing", async () => {
  const subnetGone = eventually(300, async () => expect(await cloud.all("subnet")).toEqual([]));
  expect((await platform.kpaas("destroy", ["--yes"], { killWhen: subnetGone })).code).toBeNull();
  expect((await cloud.all("securityGroupRule")).length).toBeGreaterThan(20);
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(await made()).toEqual({});
});
