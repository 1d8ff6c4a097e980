import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, outcomeOf } from "../../plan/edit-outcome.ts";
import type { ChangeKind } from "../../plan/rollout.ts";
import { edited, editedPlatform, usualEdits } from "../../plan/usual-edits.ts";
import { exampleSettings } from "../harness/environments/shipped-examples.ts";
import type { Change, TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloudOptions } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

export interface EditedCloud extends Pick<SimulatedCloudOptions, "name" | "plugin" | "declarations"> {
  /** End of the type token of its machines. */
  machineType: string;
  /** Another image than the example's. */
  newerImage: string;
}

/** Tests that the engine would do with each usual edit, on a simulated cloud, what is told without it. */
export function editsOf(kind: string, cloud: EditedCloud): void {
  const settings = edited(exampleSettings(`${kind}-operation`), editedPlatform);
  const name = `edits-${kind}`;
  const outcomes = usualEdits.flatMap((edit) => {
    const outcome = outcomeOf(name, settings, edit);
    return outcome ? [{ edit, outcome, title: edit.name }] : [];
  });

  describe(`edits on ${kind}`, () => {
    let simulated: SimulatedPlatform;
    let platform: TestPlatform;

    beforeAll(async () => {
      simulated = await startSimulatedPlatform(name, cloud);
      ({ platform } = simulated);
      platform.configure(settings);
      await platform.kpaasOk("up");
    });

    afterAll(() => simulated?.stop());

    const machines = (changes: readonly Change[], op: string) =>
      changes
        .filter((change) => change.op === op && change.type.endsWith(cloud.machineType))
        .map((change) => change.name.replace(/^platform-/, ""))
        .sort();

    test.each(outcomes.filter(({ outcome }) => outcome.refused.length > 0))(
      "$title: is refused",
      async ({ edit, outcome }) => {
        platform.configure(edited(settings, edit.sets));
        const { code, stderr } = await platform.kpaas("preview");
        expect(code).toBe(2);
        for (const { path } of outcome.refused) expect(stderr).toContain(path);
      },
    );

    test.each(outcomes.filter(({ outcome }) => outcome.refused.length === 0))(
      "$title: as told",
      async ({ edit, outcome }) => {
        platform.configure(edited(settings, edit.sets));
        const changes = await platform.changes("preview");
        expect({
          made: machines(changes, "create"),
          removed: machines(changes, "delete"),
          replaced: machines(changes, "replace"),
        }).toEqual({
          made: [...outcome.made].sort(),
          removed: [...outcome.removed].sort(),
          replaced: told(outcome, "replaced"),
        });
        expect(machines(changes, "update")).toEqual(expect.arrayContaining(told(outcome, "resized")));
      },
    );

    test("a newer image: replaces nothing", async () => {
      platform.configure(edited(settings, { "infrastructure.image": cloud.newerImage }));
      const changes = await platform.changes("preview");
      expect(machines(changes, "replace")).toEqual([]);
      expect(machines(changes, "update")).toEqual([]);
    });
  });
}

const told = ({ rollout }: Outcome, kind: ChangeKind): string[] =>
  rollout
    .flatMap(({ changes }) => changes.filter((change) => change.kind === kind).flatMap((change) => change.machines))
    .sort();
