import { parseEnvironment } from "../../config/parse.ts";
import { type Outcome, outcomeOf } from "../../plan/edit-outcome.ts";
import type { ChangeKind } from "../../plan/rollout.ts";
import { edited, type RawSettings, type UsualEdit } from "../../plan/usual-edits.ts";

/** Edits of a platform's file that one preview can tell apart: none of them hides what another does. */
export interface EditGroup {
  edits: UsualEdit[];
  /** All that they set. */
  sets: UsualEdit["sets"];
  outcome: Outcome;
}

/** Most edits of a group that make machines anew, or have the cloud restart them: what one does by mistake, another may ask for. */
const mostReplacing = 2;

/** Puts those of the edits that mean something to a platform into a few groups; edits that replace nothing come first. */
export function groupedEdits(name: string, settings: RawSettings, edits: readonly UsualEdit[]): EditGroup[] {
  const alone = edits.flatMap((edit): EditGroup[] => {
    const outcome = outcomeOf(name, settings, edit);
    return outcome ? [{ edits: [edit], sets: edit.sets, outcome }] : [];
  });
  // A file that breaks a rule by itself is refused for that alone, before a platform is looked at.
  const unreadable = new Set(alone.filter((each) => isRefused(each.outcome) && !isReadable(name, settings, each)));
  const fits = (group: readonly EditGroup[], next: EditGroup) =>
    group.every((each) => !unreadable.has(each) && isSeenBeside(each, next)) &&
    (!replaces(next) || group.filter(replaces).length < mostReplacing);
  const groups: EditGroup[][] = [];
  for (const next of [...alone].sort((a, b) => Number(replaces(a)) - Number(replaces(b)))) {
    const group = unreadable.has(next) ? undefined : groups.find((candidate) => fits(candidate, next));
    if (group) group.push(next);
    else groups.push([next]);
  }
  return groups.flatMap((group) => together(name, settings, group));
}

function isReadable(name: string, settings: RawSettings, { sets }: EditGroup): boolean {
  try {
    parseEnvironment(name, edited(settings, sets));
    return true;
  } catch {
    return false;
  }
}

/** Tells whether each of two edits can be seen beside the other. */
const isSeenBeside = (one: EditGroup, other: EditGroup): boolean =>
  isRefused(one.outcome) === isRefused(other.outcome) &&
  !setSame(one.sets, other.sets) &&
  !isHidden(one.outcome, other.outcome) &&
  !isHidden(other.outcome, one.outcome);

/** Joins edits; where the platform takes each, but not all of them together, they stay alone. */
function together(name: string, settings: RawSettings, group: readonly EditGroup[]): readonly EditGroup[] {
  const [first, ...others] = group;
  if (!first || others.length === 0) return group;
  const edits = group.flatMap((each) => each.edits);
  const sets: UsualEdit["sets"] = Object.assign({}, ...group.map((each) => each.sets));
  const outcome = outcomeOf(name, settings, { name: edits.map((edit) => edit.name).join(", "), sets });
  return outcome && isRefused(outcome) === isRefused(first.outcome) ? [{ edits, sets, outcome }] : group;
}

export const isRefused = ({ refused }: Outcome): boolean => refused.length > 0;

/** Gives the names of the machines that are told to change in a way. */
export const told = ({ rollout }: Outcome, ...kinds: ChangeKind[]): string[] =>
  rollout
    .flatMap(({ changes }) => changes.filter(({ kind }) => kinds.includes(kind)).flatMap(({ machines }) => machines))
    .sort();

const replaces = ({ outcome }: EditGroup): boolean => told(outcome, "replaced", "resized").length > 0;

/** Tells whether what one edit does to a machine could not be seen beside what the other asks for. */
function isHidden(one: Outcome, other: Outcome): boolean {
  const away = [...told(other, "replaced", "resized"), ...other.removed];
  const touched = [...told(one, "replaced", "resized", "changed", "upgraded"), ...one.removed, ...one.made];
  return touched.some((machine) => away.includes(machine) || other.made.includes(machine));
}

function setSame(one: UsualEdit["sets"], other: UsualEdit["sets"]): boolean {
  const within = (path: string, of: string) => path === of || path.startsWith(`${of}.`);
  const paths = Object.keys(other);
  return Object.keys(one).some((path) => paths.some((each) => within(path, each) || within(each, path)));
}
