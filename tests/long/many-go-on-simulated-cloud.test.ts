import { expect, test } from "vitest";
import { ManyWorkers, machineType } from "../harness/simulated-cloud/many-workers.ts";

const many = new ManyWorkers("many-go");

test("an up that takes 55 away, killed as it does, ends with 5, and nothing is left to change", async () => {
  many.configure(60);
  await many.simulated.platform.kpaasOk("up");
  many.configure(5);
  await many.killed("up", [], { [machineType]: 20 }, () => many.workers().length < 50);
  expect(many.unsaved()).toBe(true);
  await many.simulated.platform.kpaasOk("up");
  expect(
    many
      .workers()
      .map((worker) => worker.name)
      .sort(),
  ).toEqual([1, 2, 3, 4, 5].map((n) => `platform-worker-${n}`));
  expect(await many.simulated.platform.changes("preview")).toEqual([]);
});

test("a destroy killed in its middle leaves nothing once it is run again", async () => {
  many.configure(60);
  await many.simulated.platform.kpaasOk("up");
  const hasSubnet = () => many.cloud.list().some(({ type }) => type.endsWith("ec2/subnet:Subnet"));
  await many.killed("destroy", ["--yes"], { "ec2/vpc:Vpc": 0 }, () => !hasSubnet());
  expect(many.unsaved()).toBe(true);
  await many.simulated.platform.kpaasOk("destroy", ["--yes"]);
  expect(many.cloud.list()).toEqual([]);
});
