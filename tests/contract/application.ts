import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../config/parse.ts";
import { deliveredToJumpHost } from "../harness/bosh/jump-host-files.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import { texts } from "../harness/simulated-cloud/ledger.ts";
import type { SimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";
import { type ApplicationCloud, applicationClouds } from "./application-clouds.ts";
import { foundInflows, wantedInflows } from "./application-inflows.ts";

/** Greatest length of an environment's name: a resource's name that is too long for a cloud then shows. */
const longestName = 40;

/** Deferred checkpoints: a state written after each of hundreds of resources would double the time. Other tests kill runs. */
const unsaved = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

const namesOfRules = /(Firewall|Rule)$/;

/** Tests of the application platform's infrastructure on one cloud, from nothing to nothing. */
export function applicationOf(kind: keyof typeof applicationClouds): void {
  describe(`the application infrastructure, ready for BOSH, on ${kind}`, () => {
    const known: ApplicationCloud = applicationClouds[kind];
    const name = `application-${kind}-`.padEnd(longestName, "x");
    const settings = {
      infrastructure: { kind, ...known.infrastructure },
      network: { zones: known.zones ?? 2, adminCidrs: ["203.0.113.0/24"] },
      applicationPlatform: { systemDomain: "cf.example.com" },
    };
    const environment = parseEnvironment(name, settings);
    let simulated: SimulatedPlatform;
    let cloud: SimulatedCloud;
    let platform: TestPlatform;

    beforeAll(async () => {
      simulated = await startSimulatedPlatform(name, { name: known.package });
      ({ cloud, platform } = simulated);
      platform.addEnvironment(unsaved);
      platform.configure(settings, { "kpaas:bosh-director": { username: "key-id", password: "key-secret" } });
      await platform.kpaasOk("up");
    });

    afterAll(() => simulated?.stop());

    test("has each resource as often as the plan has it, and none that the state does not know", async () => {
      const own = cloud.list().filter((object) => object.name.startsWith("applications"));
      const types = own
        .map(({ type }) => type.slice(type.lastIndexOf(":") + 1))
        .filter((type) => !namesOfRules.test(type));
      const counts = Object.fromEntries(types.map((type) => [type, types.filter((each) => each === type).length]));
      expect(counts).toEqual(known.counts(environment));
      expect(await simulated.unknownToState()).toEqual([]);
    });

    test("lets in what the firewall's table says, and nobody else", () => {
      const objects = cloud.list();
      expect(foundInflows(known, objects)).toEqual(wantedInflows(environment, known, objects));
    });

    test("has every object that BOSH is told of", async () => {
      const told = await boshVariables(platform);
      const names = cloud.list().flatMap(({ id, inputs, outputs }) => [id, ...texts(inputs), ...texts(outputs)]);
      const named = Object.entries(told).filter(([variable]) => known.told.test(variable));
      expect(named.length).toBeGreaterThan(0);
      for (const [variable, value] of named) for (const each of [value].flat()) expect(names, variable).toContain(each);
    });

    test("has no change in a second preview", async () => {
      expect(await platform.changes("preview")).toEqual([]);
    });

    test("goes with destroy", async () => {
      await platform.kpaasOk("destroy", ["--yes", "--keep-bosh-vms"]);
      expect(cloud.list()).toEqual([]);
    });
  });
}

/** Gives BOSH's variables as the jump host is given them. */
async function boshVariables(platform: TestPlatform): Promise<Record<string, unknown>> {
  const files = await deliveredToJumpHost(platform);
  const read = (path: string) => parse(files.get(`bosh/files/${path}`) ?? "");
  return { ...read("cloud-config/vars.yml"), ...read("director/vars.yml") };
}
