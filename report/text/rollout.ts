import { type ChangeKind, type RolloutStage, rolloutSeconds } from "../../plan/rollout.ts";
import { wrapped } from "./layout.ts";

const kindInWords: Record<ChangeKind, string> = {
  replaced: "replaced",
  resized: "resized by the cloud, which restarts or replaces",
  upgraded: "upgraded in place",
  changed: "changed in place",
};

/** Most machines that are named one by one. */
const namedAtMost = 5;

/** Renders what happens to machines that are there, in its order, a numbered entry for each stage; empty where nothing does. */
export function rolloutText(stages: readonly RolloutStage[]): string {
  if (stages.length === 0) return "";
  const entries = stages.map((stage, index) => {
    const mark = `${index + 1}. `;
    return `  ${mark}${wrapped(stageInWords(stage), 2 + mark.length).trimStart()}`;
  });
  const total = `about ${rounded(rolloutSeconds(stages))} in all: an estimate, without the time that pods take to leave`;
  return [...entries, wrapped(total)].join("\n");
}

/** Renders `12 of web replaced (containerPlatform.workerPools[web].generation), web-1 first, then at most 4 at a time; about 3m00s` */
export function stageInWords(stage: RolloutStage): string {
  const { name, changes, interrupted, seconds } = stage;
  const what = changes.map(({ kind, machines, because }) => {
    const who = machines.length > namedAtMost ? `${machines.length} of ${name}` : machines.join(", ");
    return `${who} ${kindInWords[kind]}${because.length > 0 ? ` (${because.join(", ")})` : ""}`;
  });
  const meanwhile = interrupted ? `; meanwhile ${interrupted}` : "";
  return `${what.join(", ")}${bounds(stage)}${standingIn(stage)}${meanwhile}; about ${rounded(seconds)}`;
}

function standingIn({ standIns = [] }: RolloutStage): string {
  if (standIns.length === 0) return "";
  const who = standIns.length > namedAtMost ? `${standIns.length} machines more` : standIns.join(", ");
  return `; before, ${who} ${standIns.length === 1 ? "comes and stands" : "come and stand"} in, until all is done`;
}

function bounds({ changes, first, atOnce }: RolloutStage): string {
  const count = changes.reduce((sum, { machines }) => sum + machines.length, 0);
  if (count === 1) return "";
  return atOnce === 1 ? ", one at a time" : `, ${first} first, then at most ${atOnce} at a time`;
}

/** Gives a time as an estimate: minutes without seconds. */
const rounded = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);
