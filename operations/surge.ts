import { poolsWithSurge, standIns } from "../config/surge.ts";
import { note } from "../lib/terminal.ts";
import { surgingPools } from "../plan/rollout.ts";
import type { EngineRun } from "./engine/operation.ts";
import { withProgram } from "./engine/program.ts";
import { advance, startProgress } from "./engine/progress.ts";
import { recordIn, stateOf } from "./living-platform.ts";
import { changesIn } from "./previewed-rollout.ts";
import type { Step } from "./steps.ts";

/**
 * Step that makes the platform with larger pools where nodes are replaced or drained and the file wants others to stand in. The
 * engine deletes at the end of a run only, so that these go in the next one, which has the file's count: also after this one was killed.
 */
export const surge: Step<EngineRun> = {
  name: "make the platform with machines that stand in for those that change",
  when: ({ loaded }) => poolsWithSurge(loaded.environment).length > 0,
  async run(engine) {
    const { loaded, stack, transforms, programOptions } = engine;
    const surging = await poolsThatChange(engine);
    if (surging.length === 0) return;
    const more = standIns(loaded.environment, surging);
    const [stand, go] = more.length === 1 ? ["stands", "goes"] : ["stand", "go"];
    note(`${more.map(({ name }) => name).join(", ")} ${stand} in while ${surging.join(", ")} changes, and ${go} after`);
    // Saved as they are made, however many they are: to a later run's program they are unknown.
    await withProgram(stack, { surging, transforms }, () => stack.up(programOptions));
  },
};

/** Asks the engine what it would change, and lists the pools that want machines to stand in meanwhile. */
async function poolsThatChange(engine: EngineRun): Promise<string[]> {
  const { loaded, stack, options } = engine;
  if (!recordIn(await stateOf(engine))) return [];
  const progress = startProgress(Date.now());
  await stack.preview({
    ...options,
    refresh: true,
    onEvent(event) {
      advance(progress, event, Date.now());
      // Only what goes wrong is worth a word: all else is told when it is done.
      if (event.diagnosticEvent?.severity === "error") options.onEvent(event);
    },
  });
  const restarts = engine.packages !== undefined && engine.packages.reboot !== "never";
  return surgingPools(loaded.environment, changesIn([...progress.outcomes.values()], { restarts }));
}
