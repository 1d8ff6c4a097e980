import { expect, test } from "vitest";
import { type Outcome, outcomeOf } from "../../plan/edit-outcome.ts";
import { edited, editedPlatform, usualEdits } from "../../plan/usual-edits.ts";
import { exampleSettings } from "../harness/environments/shipped-examples.ts";
import { groupedEdits, isRefused, told } from "./grouped-edits.ts";

test("every edit that means something to a platform is in a group, with the same outcome as alone", () => {
  const settings = edited(exampleSettings("openstack-operation"), editedPlatform);
  const groups = groupedEdits("test", settings, usualEdits);
  const outcomes = usualEdits.flatMap((edit) => outcomeOf("test", settings, edit) ?? []);
  expect(groups.flatMap(({ edits }) => edits)).toHaveLength(outcomes.length);
  expect(groups.length).toBeLessThan(outcomes.length / 2);
  const all = (of: Outcome[]) =>
    of.flatMap((each) => [
      ...told(each, "replaced", "resized"),
      ...each.made,
      ...each.removed,
      ...each.refused.map(({ path }) => path),
    ]);
  expect(all(groups.map(({ outcome }) => outcome)).sort()).toEqual(all(outcomes).sort());
  // What replaces nothing is together, so that it is seen to.
  const [first] = groups;
  expect(first && isRefused(first.outcome)).toBe(false);
  expect(first?.edits.length).toBeGreaterThan(10);
  expect(first && told(first.outcome, "replaced", "resized")).toEqual([]);
});
