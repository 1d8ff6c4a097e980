import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../plan/edit-outcome.ts";
import { edited, editedPlatform, type UsualEdit, usualEdits } from "../../plan/usual-edits.ts";
import { exampleSettings } from "../harness/environments/shipped-examples.ts";
import type { Change, TestPlatform } from "../harness/platform/test-platform.ts";
import type { SimulatedCloudOptions } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";
import { type EditGroup, groupedEdits, isRefused, told } from "./grouped-edits.ts";

export interface EditedCloud extends Pick<SimulatedCloudOptions, "name" | "plugin" | "declarations"> {
  /** End of the type token of its machines. */
  machineType: string;
  /** Another image than the example's. */
  newerImage: string;
}

/** Names of the machines that come, go, and are made anew. */
export interface MachineSets {
  made: string[];
  removed: string[];
  replaced: string[];
}

/** Gives the sets of machines that a run changes. */
export function machineSets(machineType: string, changes: readonly Change[]): MachineSets & { updated: string[] } {
  const machines = (op: string) =>
    changes
      .filter((change) => change.op === op && change.type.endsWith(machineType))
      .map(({ name }) => name.replace(/^platform-/, ""))
      .sort();
  return {
    made: machines("create"),
    removed: machines("delete"),
    replaced: machines("replace"),
    updated: machines("update"),
  };
}

export const toldSets = (outcome: Outcome): MachineSets => ({
  made: [...outcome.made].sort(),
  removed: [...outcome.removed].sort(),
  replaced: told(outcome, "replaced"),
});

/** Logins that edits name. */
const logins = { "kpaas:hub": { username: "site", password: "of-the-hub" } };

/**
 * Tests that the engine would do with each usual edit, on a simulated cloud, what is told without it. Edits that do not hide each
 * other are previewed together, a preview's price; where such a preview is not as told, each edit alone tells which it was.
 */
export function editsOf(kind: string, cloud: EditedCloud): void {
  const settings = edited(exampleSettings(`${kind}-operation`), editedPlatform);
  const name = `edits-${kind}`;
  const groups = groupedEdits(name, settings, usualEdits.filter(needsNoBundle));
  const titled = (wanted: (group: EditGroup) => boolean) =>
    groups.filter(wanted).map((group) => ({ group, title: group.edits.map((edit) => edit.name).join("; ") }));

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

    async function previewed(sets: UsualEdit["sets"]) {
      platform.configure(edited(settings, sets), logins);
      return machineSets(cloud.machineType, await platform.changes("preview"));
    }

    test.each(titled(({ outcome }) => isRefused(outcome)))("$title: refused", async ({ group: { sets, outcome } }) => {
      platform.configure(edited(settings, sets), logins);
      const { code, stderr } = await platform.kpaas("preview");
      expect(code).toBe(2);
      for (const { path } of outcome.refused) expect(stderr).toContain(path);
    });

    test.each(titled(({ outcome }) => !isRefused(outcome)))("$title: as told", async ({ group }) => {
      const { updated, ...sets } = await previewed(group.sets);
      const resized = told(group.outcome, "resized");
      const wrong = await differing(group, { ...sets, updated });
      expect(wrong).toEqual([]);
      expect(sets).toEqual(toldSets(group.outcome));
      expect(updated).toEqual(expect.arrayContaining(resized));
    });

    /** Gives the edits of a group that are not as told by themselves; none where the group is as told. */
    async function differing(group: EditGroup, seen: MachineSets & { updated: string[] }) {
      if (isAsTold(group.outcome, seen)) return [];
      const wrong: { edit: string; seen: MachineSets; told: MachineSets }[] = [];
      for (const { edits, outcome, sets } of group.edits.flatMap((edit) => groupedEdits(name, settings, [edit]))) {
        const own = await previewed(sets);
        if (!isAsTold(outcome, own)) wrong.push({ edit: edits[0]?.name ?? "", seen: own, told: toldSets(outcome) });
      }
      return wrong;
    }

    test("a newer image: replaces nothing", async () => {
      const { replaced, updated } = await previewed({ "infrastructure.image": cloud.newerImage });
      expect({ replaced, updated }).toEqual({ replaced: [], updated: [] });
    });
  });
}

function isAsTold(outcome: Outcome, { updated, ...sets }: MachineSets & { updated: string[] }): boolean {
  const resized = told(outcome, "resized");
  return JSON.stringify(sets) === JSON.stringify(toldSets(outcome)) && resized.every((name) => updated.includes(name));
}

/** Leaves out what a preview refuses without a bundle, which has gigabytes: tests/provider/package-repository.test.ts has it. */
const needsNoBundle = ({ sets }: UsualEdit): boolean => sets["packages.source"] === undefined;
