import { expect, test } from "vitest";
import { infrastructureKinds } from "../../config/infrastructure/catalog.ts";
import { outcomeOf } from "../../plan/edit-outcome.ts";
import { edited, editedPlatform, usualEdits } from "../../plan/usual-edits.ts";
import { exampleSettings } from "../harness/environments/shipped-examples.ts";
import { groupedEdits, isRefused, told } from "./grouped-edits.ts";

const clouds = infrastructureKinds().filter((kind) => kind !== "local");

test.each(clouds)("on %s every edit that means something is in a group, with the same outcome as alone", (kind) => {
  const settings = edited(exampleSettings(`${kind}-operation`), editedPlatform);
  const groups = groupedEdits("test", settings, usualEdits);
  const outcomes = usualEdits.flatMap((edit) => outcomeOf("test", settings, edit) ?? []);
  expect(groups.flatMap(({ edits }) => edits)).toHaveLength(outcomes.length);
  expect(groups.length).toBeLessThan(outcomes.length / 2);
  const all = (of: typeof outcomes) =>
    of.flatMap((each) => [...told(each, "replaced", "resized"), ...each.made, ...each.removed]);
  expect(all(groups.map(({ outcome }) => outcome)).sort()).toEqual(all(outcomes).sort());
  for (const { edits, outcome } of groups)
    for (const edit of edits) expect(isRefused(outcomeOf("test", settings, edit) ?? outcome)).toBe(isRefused(outcome));
});
