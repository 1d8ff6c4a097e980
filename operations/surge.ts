import { poolsWithSurge, standIns } from "../config/surge.ts";
import { note } from "../lib/terminal.ts";
import { surgingPools } from "../plan/rollout.ts";
import { changesAhead } from "./changes-ahead.ts";
import { withDeferredCheckpoint } from "./engine/deferred-checkpoints.ts";
import type { EngineRun } from "./engine/operation.ts";
import { withProgram } from "./engine/program.ts";
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
    const make = () => stack.up(programOptions);
    await withProgram(stack, { surging, transforms }, () =>
      // Where only few others change, those that stand in are saved as they are made, however many they are.
      engine.changesMany ? withDeferredCheckpoint(stack, loaded.name, { surging }, make) : make(),
    );
  },
};

/** Lists the pools whose changes want machines to stand in meanwhile. */
async function poolsThatChange(engine: EngineRun): Promise<string[]> {
  if (!recordIn(await stateOf(engine))) return [];
  const restarts = engine.packages !== undefined && engine.packages.reboot !== "never";
  return surgingPools(engine.loaded.environment, changesIn(await changesAhead(engine), { restarts }));
}
