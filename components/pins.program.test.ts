import { expect, test } from "vitest";
import { parseEnvironment } from "../config/parse.ts";
import { createInfrastructure } from "../stacks/openstack/index.ts";
import { ofType, type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { ContainerPlatform } from "./container-platform.ts";
import { Rollout } from "./rollout.ts";

/** Records a platform whose roles and pools have these generations. */
function platform({ web = 1, batch = 1, masters = 1 } = {}): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      masters: { count: 3, generation: masters },
      workerPools: [
        { name: "web", count: 3, generation: web },
        { name: "batch", count: 2, generation: batch },
      ],
    },
  });
  return record(() => {
    const infrastructure = createInfrastructure(environment, {});
    return new ContainerPlatform("platform", { environment, infrastructure, rollout: new Rollout([], {}) });
  });
}

const before = await platform();
const pinsOf = (recorded: Recorded) =>
  new Map(ofType(recorded, "kpaas:index:Pinned").map(({ name, inputs }) => [name, inputs.generation as number]));
const userDataOf = (recorded: Recorded) =>
  new Map(
    ofType(recorded, "openstack:compute/instance:Instance").map(({ name, inputs }) => [name, String(inputs.userData)]),
  );

/** Gives the machines whose user-data differs: those are made anew. */
const madeAnew = (after: Recorded) =>
  [...userDataOf(after)].filter(([name, text]) => userDataOf(before).get(name) !== text).map(([name]) => name);

test("a pool's machines share one pinned image, whatever their number; a machine alone has its own", () => {
  const names = [...pinsOf(before).keys()];
  expect(names.filter((name) => /-(web|batch)/.test(name)).sort()).toEqual([
    "platform-batch-image",
    "platform-web-image",
  ]);
  expect(names).toEqual(expect.arrayContaining(["platform-master-2-image", "platform-bastion-image"]));
});

test("a raised generation of a pool lets the present image through and makes its machines anew, no others", async () => {
  const after = await platform({ web: 2 });
  expect([...pinsOf(after)].filter(([, generation]) => generation !== 1)).toEqual([["platform-web-image", 2]]);
  expect(madeAnew(after)).toEqual(["platform-web-1", "platform-web-2", "platform-web-3"]);
});

test("a raised generation of the masters lets image and user-data of each through", async () => {
  const after = await platform({ masters: 2 });
  const raised = [...pinsOf(after)].filter(([, generation]) => generation === 2).map(([name]) => name);
  expect(raised.sort()).toEqual(
    [1, 2, 3].flatMap((ordinal) => ["image", "user-data"].map((what) => `platform-master-${ordinal}-${what}`)),
  );
  expect(madeAnew(after)).toEqual(["platform-master-1", "platform-master-2", "platform-master-3"]);
});
