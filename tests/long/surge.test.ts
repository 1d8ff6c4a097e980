import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import type { RolloutStage } from "../../plan/rollout.ts";
import { Writers } from "../e2e-local/writers.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { expectNothingLost, kubelets } from "./in-use.ts";

/** A platform in use of whose two workers none may be away: others stand in while they are made anew and upgraded. */
const platform = new TestPlatform("long-surge");
const writers = new Writers(platform);

function configure(kubernetesVersion: string, generation: number): void {
  platform.configure({
    infrastructure: { kind: "local" },
    network: { cidr: "10.196.0.0/24" },
    containerPlatform: {
      kubernetesVersion,
      workerPools: [{ name: "worker", count: 2, generation, rollout: { maxUnavailable: 0, maxSurge: 1 } }],
    },
  });
}

const all = (version: string) => ({
  "long-surge-master-1": version,
  "long-surge-worker-1": version,
  "long-surge-worker-2": version,
});

/** Tells when each worker's node was made. */
const made = async (): Promise<string> =>
  platform.kubectlOk([
    "get",
    "nodes",
    "-l",
    "!node-role.kubernetes.io/control-plane",
    "-o",
    "jsonpath={.items[*].metadata.creationTimestamp}",
  ]);

async function expectNobodyMissed(): Promise<void> {
  const seen = await writers.seen();
  console.log(JSON.stringify(seen));
  expectNothingLost(seen, { readyWorkers: 2 });
}

beforeAll(async () => {
  configure("1.36.3", 1);
  await platform.kpaasOk("up");
  await writers.start();
});

afterAll(async () => {
  await writers.stop();
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("both workers are made anew, and never are there fewer than two", async () => {
  await writers.seen();
  const before = await made();
  configure("1.36.3", 2);
  const { rollout } = await platform.kpaasJson<{ rollout: RolloutStage[] }>("preview");
  expect(rollout).toEqual([expect.objectContaining({ name: "worker", standIns: ["worker-3"] })]);
  const { stderr } = await platform.kpaasOk("up");
  expect(stderr).toContain("worker-3 stands in");
  await expectNobodyMissed();
  expect(await made()).not.toEqual(before);
  expect(await kubelets(platform)).toEqual(all("v1.36.3"));
  expect(await platform.changes("up")).toEqual([]);
});

test("a run that is killed while one stands in is ended by the next, and nobody is left", async () => {
  configure("1.36.3", 3);
  const killWhen = eventually(600, async () =>
    expect(Object.keys(await kubelets(platform))).toContain("long-surge-worker-3"),
  );
  expect((await platform.kpaas("up", [], { killWhen })).code).toBeNull();
  await platform.kpaasOk("up");
  await expectNobodyMissed();
  expect(await kubelets(platform)).toEqual(all("v1.36.3"));
  expect(await platform.changes("up")).toEqual([]);
});

test("another minor drains both, one after another, while one stands in that comes with the new version after the master", async () => {
  configure("1.37.2", 3);
  await platform.kpaasOk("up");
  await expectNobodyMissed();
  expect(await kubelets(platform)).toEqual(all("v1.37.2"));
  await platform.kpaasOk("verify");
});
