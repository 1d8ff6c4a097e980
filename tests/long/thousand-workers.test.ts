import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

const workers = 1000;
const patient = { timeoutSeconds: 7200 };

let simulated: SimulatedPlatform;

beforeAll(async () => {
  simulated = await startSimulatedPlatform("thousand-workers", { name: "aws" });
});

afterAll(() => simulated?.stop());

function configure(...counts: number[]): void {
  simulated.platform.configure({
    infrastructure: { kind: "aws" },
    network: { cidr: "10.64.0.0/16", podCidr: "10.128.0.0/13", adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      masters: { count: 3 },
      workerPools: counts.map((count, index) => ({ name: index === 0 ? "worker" : `worker-${index}`, count })),
    },
  });
}

const workerMachines = (): string[] =>
  simulated.cloud
    .list()
    .filter(({ type, name }) => type.endsWith("ec2/instance:Instance") && name.includes("-worker-"))
    .map(({ id }) => id);

test("an up makes each worker once, and leaves nothing to change", async () => {
  configure(workers);
  await simulated.platform.kpaasOk("up", [], patient);
  expect(workerMachines()).toHaveLength(workers);
  expect(await simulated.unknownToState()).toEqual([]);
  expect(await simulated.platform.changes("preview")).toEqual([]);
});

test("another worker leaves the machines of the others as they are", async () => {
  const before = workerMachines();
  configure(workers, 1);
  await simulated.platform.kpaasOk("up", [], patient);
  expect(workerMachines()).toHaveLength(workers + 1);
  expect(workerMachines()).toEqual(expect.arrayContaining(before));
});

test("a destroy leaves nothing", async () => {
  await simulated.platform.kpaasOk("destroy", ["--yes"], patient);
  expect(simulated.cloud.list()).toEqual([]);
});
