import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManyWorkers, machineType } from "../harness/simulated-cloud/many-workers.ts";

// Those that go, or are made anew, are in tests/long.
const many = new ManyWorkers("many-workers");

test("an up of 60 workers, killed as it makes them and killed again, has made each once in the end", async () => {
  many.configure(60);
  await many.killed("up", [], { [machineType]: 30 }, () => many.workers().length >= 20);
  expect(many.unsaved()).toBe(true);
  const left = many.workers().map(({ id }) => id);
  // An engine that is killed while it writes them leaves them so.
  writeFileSync(join(many.simulated.platform.stateFolder, ".pulumi", "stacks", "kpaas", `${many.name}.json.attrs`), "");
  const stderr = await many.killed("up", [], { [machineType]: 10 }, () => many.workers().length > left.length);
  await many.simulated.platform.kpaasOk("up");
  expect(stderr).toMatch(/taken over from it: [1-9]\d+ that the cloud had made unheard/);
  expect(many.workers()).toHaveLength(60);
  expect(many.workers().map(({ id }) => id)).toEqual(expect.arrayContaining(left));
  expect(await many.simulated.unknownToState()).toEqual([]);
  expect(many.unsaved()).toBe(false);
});
