import { changesAhead } from "./changes-ahead.ts";
import { isBulkRollout, workersInState } from "./engine/deferred-checkpoints.ts";
import type { EngineRun } from "./engine/operation.ts";
import { defersCheckpoints } from "./engine/shortcuts.ts";
import type { Step } from "./steps.ts";

/**
 * Step that makes all but the workers where so many of them change that the state is saved at the end only. What is in the state
 * alone, secrets and pins, is saved as it is made: a run that is killed after it goes on with the same.
 */
export const changeManyWorkers: Step<EngineRun> = {
  name: "make all but the many workers that change",
  // A machine that has had its updates would be emptied and restarted again if only a state that was never saved knew of it.
  when: ({ workers, packages }) => !packages && !workers().isBulk && defersCheckpoints(workers().present),
  async run(engine) {
    const { loaded, stack, programOptions } = engine;
    if (!isBulkRollout(await changesAhead(engine))) return;
    await stack.up({ ...programOptions, exclude: workersInState(loaded.name) });
    engine.changesMany = true;
  },
};
